import { WORKER_FILE } from '../../protocol/default-names.ts';
import { createCallbackScript, WAIT_TEXT } from '../../server/callback-script.ts';
import { appCallbackOf, endpointOf, listOf, type Deployment } from './deployment.ts';
import { defineCheck, type Finding } from './finding.ts';
import type { Answer, Send } from './probe.ts';
import { parsePolicies } from './source-list.ts';

const DOCUMENT = defineCheck('isolated-document', {
  risk: 'A sign-in does not come back to the app, or the document sends a code to another address.',
  fix: 'Serve the document of createCallbackDocument(), built for the callback of this app.',
});
const SCRIPT = defineCheck('isolated-script', {
  risk: 'Another script may accept parameters of a page as those of the server, leave the code in its URL, or post it elsewhere.',
  fix: 'Serve the document of createCallbackDocument() of this version, unchanged.',
});
const SERVER_CORS = defineCheck('isolated-server-cors', {
  risk: 'One response of the callback with Access-Control-Allow-Origin allows script in the app to read the final URL of a flow of its own.',
  fix: 'Send no Access-Control-Allow-Origin at the authorization endpoint.',
});
const MESSAGES = defineCheck('isolated-web-message', {
  risk: 'A response in a message does not pass the document: only the authorization server decides who gets it.',
  fix: 'Switch response_mode=web_message off for this client.',
});
const CORS = defineCheck('isolated-cors', {
  risk: 'Script in the app reads the final URL of a flow of its own, code included, by Background Fetch.',
  fix: 'Send no Access-Control-Allow-Origin on this origin, errors included.',
});
const HEADERS = defineCheck('isolated-headers', {
  risk: 'A response of the origin can be framed or stored, or can reveal its URL, which holds a code.',
  fix: 'Send the headers of createCallbackDocument() with every response of this origin, errors included.',
});
const REPORTS = defineCheck('isolated-reports', {
  risk: 'The browser reports URLs of this origin, codes included, to a server.',
  fix: 'Send no NEL, Report-To and Reporting-Endpoints on this origin.',
});
const ALONE = defineCheck('isolated-alone', {
  risk: 'Another document or script of this origin reads the code in the URL of the callback.',
  fix: 'Serve the one document at the path of the redirect URI; answer everything else with 404, and redirect nowhere.',
});
const POSTED = defineCheck('isolated-post', {
  risk: 'Without the worker, the server posts the code to another address, or returns it in a document of the app.',
  fix: 'Answer a POST at the callback of the app with a fixed 303: createTokenwardHandler() does.',
});

/** The mark that stands in for a code; it must not come back. */
const MARK = 'tokenward-doctor-mark';

/** Longer than most servers take. */
const LONG_QUERY = 'a'.repeat(70_000);

/** A source that names one script by its hash. */
const HASH = /^'sha(256|384|512)-[^']+'$/;

/** Headers that every answer must have, and what their values must match. */
const REQUIRED: readonly (readonly [name: string, value: RegExp])[] = [
  ['x-frame-options', /^deny$/i],
  ['referrer-policy', /^no-referrer$/i],
  ['cache-control', /\bno-store\b/i],
  ['x-content-type-options', /^nosniff$/i],
  ['cross-origin-resource-policy', /^same-origin$/i],
  ['cross-origin-opener-policy', /^same-origin$/i],
  ['origin-agent-cluster', /^\?1$/],
];

/** Examines the origin of an isolated callback, and what the app's server does with a response. */
export async function examineIsolatedCallback(deployment: Deployment, send: Send): Promise<readonly Finding[]> {
  const { redirectUri } = deployment.configuration;
  const appCallback = appCallbackOf(deployment);
  const foreign = { origin: deployment.origin, accept: 'text/html' };
  const document = await send(`${redirectUri}?code=${MARK}&state=${MARK}`, { headers: foreign });
  const elsewhere = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
    send(new URL(path, redirectUri).href, { headers: { ...foreign, ...headers } });
  const others = await Promise.all([
    elsewhere('/tokenward-doctor-not-there'),
    elsewhere('/tokenward-doctor/index.html'),
    elsewhere(`/${WORKER_FILE}`, { 'sec-fetch-dest': 'serviceworker', 'service-worker': 'script' }),
  ]);
  const posted = await send(redirectUri, { method: 'POST', headers: foreign, body: `code=${MARK}` });
  const tooLong = await elsewhere(`?${LONG_QUERY}`);
  const answers = [document, ...others, posted];
  const everyAnswer = [...answers, tooLong];
  return [
    DOCUMENT.judge(documentProblems(document, appCallback), `posts to ${appCallback}`),
    scriptOf(document) === createCallbackScript(WAIT_TEXT)
      ? SCRIPT.pass('that of createCallbackDocument()')
      : SCRIPT.warn('it runs another script than that of createCallbackDocument() of this version'),
    CORS.judge(withHeader(everyAnswer, ['access-control-allow-origin']), 'no response allows another origin'),
    HEADERS.judge(
      answers.flatMap((answer) => headerProblems(answer, appCallback)),
      'every response has them',
    ),
    REPORTS.judge(withHeader(everyAnswer, ['nel', 'report-to', 'reporting-endpoints']), 'nothing is reported'),
    ALONE.judge(
      others.filter(({ status }) => status < 400).map((answer) => `${nameOf(answer)} answers ${answer.status}`),
      'nothing else is there',
    ),
    POSTED.judge(await postProblems(appCallback, send), 'a fixed 303'),
    await judgeServerCors(deployment, send),
    listOf(deployment.metadata, 'response_modes_supported')?.includes('web_message') === true
      ? MESSAGES.warn('response_modes_supported holds web_message')
      : MESSAGES.pass('not announced'),
  ];
}

/** Whether script of the app may read what the authorization endpoint answers. */
async function judgeServerCors({ metadata, origin }: Deployment, send: Send): Promise<Finding> {
  const endpoint = endpointOf(metadata, 'authorization_endpoint');
  if (endpoint === undefined) return SERVER_CORS.warn('the authorization endpoint is not known');
  const answer = await send(endpoint, { headers: { origin } });
  return SERVER_CORS.judge(withHeader([answer], ['access-control-allow-origin']), 'none at the authorization endpoint');
}

/** Returns the only inline script of a document. */
function scriptOf({ body }: Answer): string | undefined {
  const scripts = [...body.matchAll(/<script\b[^>]*>([^]*?)<\/script>/gi)];
  return scripts.length === 1 ? scripts[0]?.[1] : undefined;
}

function documentProblems({ status, body }: Answer, appCallback: string): readonly string[] {
  const actions = [...body.matchAll(/\baction="([^"]*)"/g)].map(([, action]) => action);
  return [
    ...(status === 200 ? [] : [`it answers ${status}`]),
    ...(actions.length === 1 && actions[0] === appCallback
      ? []
      : [`it posts to ${actions.join(', ') || 'nowhere'}, not to ${appCallback}`]),
    ...(body.includes(MARK) ? ['it repeats values of its address'] : []),
  ];
}

function headerProblems(answer: Answer, appCallback: string): readonly string[] {
  const policies = parsePolicies(answer.header('content-security-policy'));
  const has = (name: string, value: string): boolean =>
    policies.some((policy) => policy.get(name)?.join(' ') === value);
  const missing = [
    ...REQUIRED.filter(([name, value]) => !value.test(answer.header(name) ?? '')).map(([name]) => name),
    ...(['default-src', 'base-uri', 'frame-ancestors'] as const).filter((name) => !has(name, "'none'")),
    ...(has('form-action', appCallback) ? [] : ['form-action']),
    ...(policies.some((policy) => policy.get('script-src')?.every((source) => HASH.test(source)) === true)
      ? []
      : ['script-src']),
  ];
  return missing.length === 0 ? [] : [`${nameOf(answer)}: ${missing.join(', ')}`];
}

function withHeader(answers: readonly Answer[], names: readonly string[]): readonly string[] {
  return answers.flatMap((answer) =>
    names.filter((name) => answer.header(name) !== undefined).map((name) => `${nameOf(answer)} has ${name}`),
  );
}

async function postProblems(appCallback: string, send: Send): Promise<readonly string[]> {
  const headers = {
    origin: 'null',
    'content-type': 'application/x-www-form-urlencoded',
    'sec-fetch-dest': 'document',
    'sec-fetch-mode': 'navigate',
  };
  const { status, header, body } = await send(appCallback, { method: 'POST', headers, body: `code=${MARK}` });
  const location = header('location') ?? '';
  return [
    ...(status === 303 ? [] : [`it answers ${status}`]),
    ...(new URL(location, appCallback).origin === new URL(appCallback).origin ? [] : [`it leads to ${location}`]),
    ...(location.includes(MARK) || body.includes(MARK) ? ['it repeats the body'] : []),
  ];
}

function nameOf({ url }: Answer): string {
  return new URL(url).pathname;
}
