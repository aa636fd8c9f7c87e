import { isInert } from './callback.ts';
import { isIsolated, type Deployment } from './deployment.ts';
import { defineCheck, type Check, type Finding } from './finding.ts';
import { linkedFiles } from './linked-files.ts';
import { judgePage, pageRulesOf, problemsOf } from './page-policy.ts';
import type { Answer, Send } from './probe.ts';
import { allows, parsePolicies } from './source-list.ts';

const RISK =
  'One response of the origin without the policy is enough: script opens it in a frame or a pop-up, and runs a flow of its own there.';

const NOT_FOUND = defineCheck('everywhere-not-found', {
  risk: RISK,
  fix: 'Send the headers of the pages also with the response to unknown addresses (nginx: always).',
});
const FILES = defineCheck('everywhere-files', {
  risk: RISK,
  fix: 'Send the headers of the pages also with scripts, styles and images.',
});
const REDIRECTS = defineCheck('everywhere-redirects', {
  risk: RISK,
  fix: 'Send the headers of the pages also with redirects.',
});
const ERRORS = defineCheck('everywhere-errors', {
  risk: RISK,
  fix: 'Send the headers also with the errors that the server writes itself: secureClientErrors() of tokenward/server for Node.',
});

/** Longer than any server takes: Node has 16 KB for all headers, nginx 8 KB for a line. */
const LONG_QUERY = 'a'.repeat(70_000);

/** Checks the headers of the page, and of every other kind of response of its origin. */
export async function examinePage(deployment: Deployment, send: Send): Promise<readonly Finding[]> {
  const { page, origin } = deployment;
  const document = await send(page, { headers: { accept: 'text/html' } });
  const ask = (paths: readonly string[]): Promise<readonly Answer[]> =>
    Promise.all(paths.map((path) => send(new URL(path, origin).href, { headers: { accept: 'text/html' } })));
  const missing = await ask(['/tokenward-doctor-not-there', '/tokenward-doctor/not/there.js']);
  const files = await ask(linkedFiles([document], 'any'));
  const folders = files.map(({ url }) => new URL('.', url).pathname.replace(/\/$/, '')).filter((path) => path !== '');
  const moved = await ask([...new Set(['/index.html', '/index', ...folders])]);
  const errors = (await ask([`/?${LONG_QUERY}`, '/%E0%A4%A'])).filter(({ status }) => status >= 400);

  const everywhere = (check: Check, answers: readonly Answer[], none: string): Finding => {
    const bare = answers.filter((answer) => !isInert(answer)).map((answer) => describeGaps(deployment, answer));
    const problems = bare.filter((description) => description !== undefined);
    return check.judge(problems, answers.length === 0 ? none : answers.map((answer) => nameOf(answer)).join(', '));
  };
  const redirects = moved.filter(({ status }) => status >= 300 && status < 400);
  return [
    ...judgePage(deployment, document),
    everywhere(NOT_FOUND, missing, 'none'),
    everywhere(FILES, files, 'the page names no file of its origin'),
    everywhere(REDIRECTS, redirects, `none of ${moved.length} addresses redirects`),
    soften(everywhere(ERRORS, errors, 'a long or broken address is no error'), { document, origin }),
  ];
}

/**
 * Turns a failure into a warning if the page frames nothing of its origin, which stops such errors too: some servers cannot
 * send headers with them.
 */
function soften(
  finding: Finding,
  { document, origin }: { readonly document: Answer; readonly origin: string },
): Finding {
  const policies = parsePolicies(document.header('content-security-policy'));
  const framesItself = allows(policies, 'frame-src', { url: `${origin}/`, self: origin });
  if (finding.verdict !== 'fail' || framesItself) return finding;
  return ERRORS.warn(`${finding.found}; the page frames nothing of its origin, which stops it in frames`);
}

function nameOf({ url, status }: Answer): string {
  const { pathname, search } = new URL(url);
  return `${pathname}${search.length > 100 ? '?aaa…' : search} (${status})`;
}

/** Describes the rules of the page's policy that a response violates; `undefined` if it keeps all of them. */
function describeGaps(deployment: Deployment, answer: Answer): string | undefined {
  const gaps = pageRulesOf(deployment).flatMap((rule) => problemsOf(rule, deployment, answer));
  if (gaps.length === 0) return undefined;
  const hasPolicy = answer.header('content-security-policy') !== undefined;
  return `${nameOf(answer)}: ${hasPolicy || isIsolated(deployment) ? gaps.join(', ') : 'no Content-Security-Policy'}`;
}
