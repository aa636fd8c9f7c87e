import { appCallbackOf, type Deployment } from './deployment.ts';
import { defineCheck, type Finding } from './finding.ts';
import { linkedFiles } from './linked-files.ts';
import type { Send } from './probe.ts';
import { BY_BROWSER, VARIES } from './worker-gate.ts';
import { secretOf } from './worker-script.ts';

const OTHERS = defineCheck('other-workers', {
  risk: 'Script in the page registers another file of the origin as a worker of its own, which takes authorization responses.',
  fix: 'Answer 403 to every other request with Sec-Fetch-Dest: serviceworker (and Sec-Fetch-Mode other than cors).',
});
const CACHED = defineCheck('other-workers-vary', {
  risk: 'Script in the page fetches a script of the origin, and registers it as a worker out of the HTTP cache: the server gets no request.',
  fix: 'Vary: Sec-Fetch-Dest, with every script of the origin',
});
const IMPORTS = defineCheck('worker-imports', {
  risk: 'A module worker cannot load its modules, and is not installed.',
  fix: 'Accept requests with Sec-Fetch-Mode: cors: they are imports, not registrations.',
});

const NAMED = defineCheck('other-workers-named', {
  risk: 'A service worker of the app cannot be registered, or it could take requests of Tokenward’s worker.',
  fix: 'otherWorkers of createTokenwardHandler(): each script in a folder of its own, without Service-Worker-Allowed',
});

/** Checks whether the other service workers on the command line can do their work, and no more. */
async function examineNamed(deployment: Deployment, send: Send): Promise<readonly Finding[]> {
  const { origin, otherWorkers, workerUrl, configuration } = deployment;
  if (otherWorkers.length === 0) return [];
  const own = [
    new URL(workerUrl).pathname,
    configuration.registrationScope,
    new URL(appCallbackOf(deployment)).pathname,
    `${configuration.endpointPath}/login`,
  ];
  const problems = await Promise.all(
    otherWorkers.map(async (path) => {
      const { status, header } = await send(origin + path, { headers: BY_BROWSER });
      const covered = own.find((one) => one.startsWith(path.slice(0, path.lastIndexOf('/') + 1)));
      return [
        ...(status === 200 ? [] : [`${path} answers ${status}`]),
        ...(header('service-worker-allowed') === undefined ? [] : [`${path} has Service-Worker-Allowed`]),
        ...(covered === undefined ? [] : [`${path} could control ${covered}`]),
      ];
    }),
  );
  return [NAMED.judge(problems.flat(), otherWorkers.join(', '))];
}

/** Checks whether any other script can be registered as a service worker. */
export async function examineOtherWorkers(deployment: Deployment, send: Send): Promise<readonly Finding[]> {
  const { page, workerUrl, otherWorkers } = deployment;
  const document = await send(page);
  const worker = await send(workerUrl, { headers: BY_BROWSER });
  const scripts = linkedFiles([document, worker], 'script').filter(
    (url) => !otherWorkers.includes(new URL(url).pathname),
  );
  const asked = scripts.length === 0 ? [document.url] : scripts;
  // First request it as a page does: a cache in between that ignores `Vary` then answers instead of the server.
  const ordinary = await Promise.all(asked.map((url) => send(url)));
  const answers = await Promise.all(asked.map((url) => send(url, { headers: BY_BROWSER })));
  const hasGate = secretOf(worker) !== undefined;
  const cacheable = ordinary
    .filter(({ header }) => !VARIES.test(header('vary') ?? '') && !/\bno-store\b/i.test(header('cache-control') ?? ''))
    .map(({ url, header }) => `${new URL(url).pathname} with ${header('vary') ?? 'no Vary'}`);
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
      : // A host that serves files only cannot distinguish the requests; `worker-src` must be sufficient.
        hasGate
        ? OTHERS.fail(served)
        : OTHERS.warn(served),
    cacheable.length > 0 && !hasGate
      ? CACHED.warn(cacheable.join(', '))
      : CACHED.judge(cacheable, 'Vary: Sec-Fetch-Dest'),
    IMPORTS.judge(
      refused.map(({ url }) => `${new URL(url).pathname} is refused to imports too`),
      'imports pass',
    ),
    ...(await examineNamed(deployment, send)),
  ];
}
