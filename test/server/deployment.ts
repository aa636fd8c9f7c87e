import type { TokenwardHandlerOptions } from '../../src/server/index.ts';

/** The script that the tests serve. */
export const SCRIPT = "importScripts('/tokenward-sw-lib.js');\ntokenward.start({ clientId: 'spa' });\n";

/** A deployment as an app would write it. */
export const DEPLOYMENT = {
  origin: 'https://app.example',
  worker: { path: '/tokenward-sw.js', script: SCRIPT },
  authorizationServers: ['https://login.example/tenant'],
  protectedResources: ['https://api.example/v1'],
} as const satisfies TokenwardHandlerOptions & { origin: string };

/** The headers with which a browser asks for the main script of a service worker. */
export const BY_BROWSER = {
  'sec-fetch-dest': 'serviceworker',
  'sec-fetch-mode': 'same-origin',
  'service-worker': 'script',
};

/** A request to the app's origin. */
export function request(path: string, headers: Record<string, string> = {}, method: string = 'GET'): Request {
  return new Request(`https://app.example${path}`, { method, headers });
}

/** The secret at the start of a script, the policy of pages behind it, and the script without both. */
export function splitSecret(body: string): {
  readonly secret: string;
  readonly policy: string;
  readonly script: string;
} {
  const match = /^self\.__tokenwardSecret="([A-Za-z0-9_-]*)";(?:self\.__tokenwardPolicy=(\{.*?\}\]\});)?/.exec(body);
  if (match === null) throw new Error(`No secret stands before the script: ${body.slice(0, 80)}`);
  return { secret: match[1] ?? '', policy: match[2] ?? '', script: body.slice(match[0].length) };
}
