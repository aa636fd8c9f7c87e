import { appCallbackOf, type Deployment } from './deployment.ts';
import { defineCheck, type Finding } from './finding.ts';
import type { Answer, Send } from './probe.ts';
import { parsePolicies } from './source-list.ts';

const SERVED = defineCheck('callback-served', {
  risk: 'After a forced reload a user who comes back from signing in sees an error, or the code is sent to another address.',
  fix: 'Serve the callback document at the redirect URI with 200: createTokenwardHandler() does.',
});
const ADDRESS = defineCheck('callback-address', {
  risk: 'A code stays in the history of the tab, whose addresses Firefox shows to script in every page of the origin.',
  fix: 'Answer the redirect URI with 303 to an address without a code, and the document there: createTokenwardHandler() does.',
});
const SANDBOX = defineCheck('callback-sandbox', {
  risk: 'Script in the page unregisters the worker, runs an authorization flow of its own in a frame, and reads its code.',
  fix: "Content-Security-Policy: sandbox; default-src 'none'; …",
});
const FRAMING = defineCheck('callback-framing', {
  risk: 'Together with the sandbox, these made the address of a frame, code included, readable for a moment in WebKit.',
  fix: 'Send neither X-Frame-Options nor frame-ancestors at the redirect URI.',
});
const SCRIPTS = defineCheck('callback-scripts', {
  risk: 'Script of the document reads the code in its address, or the document repeats values of the request.',
  fix: 'Serve a document without script and without values of the request.',
});
const NO_STORE = defineCheck('callback-no-store', {
  risk: 'The response, under an address that holds a code, stays in a cache.',
  fix: 'Cache-Control: no-store',
});
const REFERRER = defineCheck('callback-referrer', {
  risk: 'The address, code included, is sent as the referrer of requests from there.',
  fix: 'Referrer-Policy: no-referrer',
});
const OPENER = defineCheck('callback-opener', {
  risk: 'A page that opened the flow in a pop-up keeps a handle of that window, and reads the code in its address.',
  fix: 'Cross-Origin-Opener-Policy: same-origin',
});
const NOSNIFF = defineCheck('callback-nosniff', {
  risk: 'A browser may guess another type for the document.',
  fix: 'X-Content-Type-Options: nosniff',
});
const ENDPOINTS = defineCheck('worker-endpoints', {
  risk: 'Before the worker runs, the app, or an open redirect, answers at an address of the worker.',
  fix: 'Answer the login, logout and session addresses with 404 and the inert headers: createTokenwardHandler() does.',
});

/** Marker that the check puts into the address. The response must not repeat it. */
const MARK = 'tokenward-doctor-mark';

/** Checks the redirect URI and the worker's other endpoints as the server answers them without the worker. */
export async function examineCallback(deployment: Deployment, send: Send): Promise<readonly Finding[]> {
  const { configuration, origin } = deployment;
  const { endpointPath } = configuration;
  const asked = await send(`${appCallbackOf(deployment)}?code=${MARK}&state=${MARK}`, { headers: NAVIGATION });
  const callback = await follow(asked, send);
  const endpoints = await Promise.all(
    ['login', 'logout', 'session'].map((name) => send(`${origin}${endpointPath}/${name}`, { headers: NAVIGATION })),
  );
  const open = endpoints.filter((answer) => answer.status !== 404 || !isInert(answer));
  return [
    ADDRESS.judge(keepsResponse(asked, callback), 'no code'),
    ...judgeDocument(callback),
    ENDPOINTS.judge(
      open.map(({ url, status }) => `${new URL(url).pathname} answers ${status}${status === 404 ? ', not inert' : ''}`),
      '404, inert',
    ),
  ];
}

/** Follows a redirect that stays on the origin. */
async function follow(answer: Answer, send: Send): Promise<Answer> {
  const target = targetOf(answer);
  return target?.origin === new URL(answer.url).origin ? send(target.href, { headers: NAVIGATION }) : answer;
}

function targetOf({ url, header }: Answer): URL | undefined {
  const location = header('location');
  return location !== undefined && URL.canParse(location, url) ? new URL(location, url) : undefined;
}

/**
 * Returns the parts of an authorization response that stay in the document's address: the query, or a fragment that a redirect
 * inherits.
 */
function keepsResponse(asked: Answer, callback: Answer): readonly string[] {
  if (callback === asked || callback.url.includes(MARK)) return ['its query stays in the address'];
  return targetOf(asked)?.hash ? [] : ['the redirect has no fragment, so a fragment with a code stays'];
}

const NAVIGATION = { 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate', accept: 'text/html' };

/** Whether no script can use a response as a document of the origin: it is sandboxed, and loads nothing. */
export function isInert({ header }: Answer): boolean {
  return parsePolicies(header('content-security-policy')).some((policy) => {
    const allowed = policy.get('sandbox');
    return allowed !== undefined && !allowed.some((token) => /^allow-(scripts|same-origin)$/i.test(token));
  });
}

function judgeDocument(callback: Answer): readonly Finding[] {
  const { status, header, body } = callback;
  const policy = header('content-security-policy');
  const framing = [
    ...(header('x-frame-options') === undefined ? [] : [`X-Frame-Options: ${header('x-frame-options')}`]),
    ...(parsePolicies(policy).some((one) => one.has('frame-ancestors')) ? ['frame-ancestors'] : []),
  ];
  const scripts = [
    ...(/<script\b|\son\w+\s*=|javascript:/i.test(body) ? ['the document holds script'] : []),
    ...(body.includes(MARK) ? ['the document repeats values of its address'] : []),
  ];
  const needs = (name: string, pattern: RegExp): readonly string[] => {
    const value = header(name);
    return value !== undefined && pattern.test(value) ? [] : [value ?? 'there is none'];
  };
  return [
    SERVED.judge(status === 200 ? [] : [`it answers ${status}`], 'a document of its own'),
    SANDBOX.judge(isInert(callback) ? [] : [policy ?? 'there is no policy'], 'sandbox'),
    FRAMING.judge(framing, 'neither X-Frame-Options nor frame-ancestors'),
    SCRIPTS.judge(scripts, 'no script'),
    NO_STORE.judge(needs('cache-control', /\bno-store\b/i), 'no-store'),
    REFERRER.judge(needs('referrer-policy', /^no-referrer$/i), 'no-referrer'),
    OPENER.judge(needs('cross-origin-opener-policy', /^same-origin\b(?!-)/i), 'same-origin'),
    NOSNIFF.judge(needs('x-content-type-options', /^nosniff$/i), 'nosniff'),
  ];
}
