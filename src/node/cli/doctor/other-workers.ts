import type { Deployment } from './deployment.ts';
import { defineCheck, type Finding } from './finding.ts';
import { linkedFiles } from './linked-files.ts';
import type { Send } from './probe.ts';
import { BY_BROWSER } from './worker-gate.ts';
import { secretOf } from './worker-script.ts';

const OTHERS = defineCheck('other-workers', {
  risk: 'Script in the page registers another file of the origin as a worker of its own, which takes authorization responses.',
  mend: 'Answer 403 to every other request with Sec-Fetch-Dest: serviceworker (and Sec-Fetch-Mode other than cors).',
});
const IMPORTS = defineCheck('worker-imports', {
  risk: 'A module worker cannot load its modules, and is not installed.',
  mend: 'Let requests with Sec-Fetch-Mode: cors pass: they are imports, not registrations.',
});

/** Looks at whether any other script can be registered as a service worker. */
export async function examineOtherWorkers({ page, workerUrl }: Deployment, send: Send): Promise<readonly Finding[]> {
  const document = await send(page);
  const worker = await send(workerUrl, { headers: BY_BROWSER });
  const scripts = linkedFiles([document, worker], 'script');
  const asked = scripts.length === 0 ? [document.url] : scripts;
  const answers = await Promise.all(asked.map((url) => send(url, { headers: BY_BROWSER })));
  const open = answers.filter(({ status }) => status < 400);
  const imports = await Promise.all(
    scripts.slice(0, 1).map((url) => send(url, { headers: { ...BY_BROWSER, 'sec-fetch-mode': 'cors' } })),
  );
  const refused = imports.filter(({ status }) => status === 403);
  const served = `served as a worker: ${open.map(({ url }) => new URL(url).pathname).join(', ')}`;
  const paths = asked.map((url) => new URL(url).pathname);
  return [
    open.length === 0
      ? OTHERS.pass(`refused: ${paths.join(', ')}`)
      : // A host that serves files only has no way to tell; worker-src has to do.
        secretOf(worker) === undefined
        ? OTHERS.warn(served)
        : OTHERS.fail(served),
    IMPORTS.judge(
      refused.map(({ url }) => `${new URL(url).pathname} is refused to imports too`),
      'imports pass',
    ),
  ];
}
