import { defineCheck, type Finding } from './finding.ts';
import type { Send } from './probe.ts';

const GATE = defineCheck('worker-gate', {
  risk: 'Script in the page reads the secret, or plants a script that it has read in the HTTP cache for the next update check.',
  fix: 'Answer 403 unless Sec-Fetch-Dest is serviceworker and Sec-Fetch-Mode is not cors.',
});
const GATE_NO_STORE = defineCheck('worker-gate-no-store', {
  risk: 'A stored refusal decides what the next update check of the browser finds.',
  fix: 'Cache-Control: no-store',
});
const GATE_VARY = defineCheck('worker-gate-vary', {
  risk: 'A cache between browser and server gives one kind of request the response to another.',
  fix: 'Vary: Sec-Fetch-Dest',
});
const QUERY = defineCheck('worker-query', {
  risk: 'Page script registers the same script once more under another address, as a worker with the same rights.',
  fix: 'Answer 403 if the address of the worker script has a query.',
});

/** The headers with which a browser asks for the main script of a service worker. */
export const BY_BROWSER: Readonly<Record<string, string>> = {
  'sec-fetch-dest': 'serviceworker',
  'sec-fetch-mode': 'same-origin',
  'sec-fetch-site': 'same-origin',
  'service-worker': 'script',
};

/** Every other way to ask: what page script can do, and what a browser does for it. */
const BY_PAGE: readonly (readonly [name: string, headers: Readonly<Record<string, string>>])[] = [
  ['no Sec-Fetch-Dest', {}],
  ['fetch', { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' }],
  ['a script element', { 'sec-fetch-dest': 'script', 'sec-fetch-mode': 'no-cors' }],
  ['a navigation', { 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' }],
  ['a frame', { 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate' }],
  ['a dedicated worker', { 'sec-fetch-dest': 'worker', 'sec-fetch-mode': 'same-origin' }],
  ['a shared worker', { 'sec-fetch-dest': 'sharedworker', 'sec-fetch-mode': 'same-origin' }],
  ['Service-Worker: script set by a page', { 'sec-fetch-dest': 'empty', 'service-worker': 'script' }],
  ['an import of a module worker', { 'sec-fetch-dest': 'serviceworker', 'sec-fetch-mode': 'cors' }],
];

/**
 * Checks which requests get the worker script, besides those of the browser's service worker machinery.
 *
 * @param workerUrl URL of the script
 * @param send the network
 */
export async function examineGate(workerUrl: string, send: Send): Promise<readonly Finding[]> {
  const refusals = await Promise.all(
    BY_PAGE.map(async ([name, headers]) => ({ name, answer: await send(workerUrl, { headers }) })),
  );
  const open = refusals.filter(({ answer }) => answer.status < 400).map(({ name }) => name);
  const closed = refusals.filter(({ answer }) => answer.status >= 400);
  const withQuery = await send(`${workerUrl}?tokenward-doctor`, { headers: BY_BROWSER });
  const query =
    withQuery.status < 400
      ? QUERY.fail(`answers ${withQuery.status} with a query`)
      : QUERY.pass('refused with a query');
  const withoutHeader = (name: string, pattern: RegExp): readonly string[] =>
    closed.flatMap(({ name: kind, answer }) => (pattern.test(answer.header(name) ?? '') ? [] : [kind]));
  const judgeRefusals = (kinds: readonly string[], what: string): readonly string[] =>
    kinds.length === 0 ? [] : [`the refusal lacks ${what} for ${kinds.join(', ')}`];
  return [
    GATE.judge(
      open.map((name) => `given to ${name}`),
      `refused to all of ${BY_PAGE.length} other kinds of requests`,
    ),
    GATE_NO_STORE.judge(judgeRefusals(withoutHeader('cache-control', /\bno-store\b/i), 'no-store'), 'no-store'),
    GATE_VARY.judge(judgeRefusals(withoutHeader('vary', VARIES), 'Vary: Sec-Fetch-Dest'), 'Sec-Fetch-Dest'),
    query,
  ];
}

/** A `Vary` that names the header, or everything. */
export const VARIES: RegExp = /(^|,)\s*(sec-fetch-dest|\*)\s*(,|$)/i;
