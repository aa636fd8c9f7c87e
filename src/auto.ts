import type { TokenwardClient } from './client.ts';
import { connect } from './connect.ts';
import { followPolicy } from './follow-policy.ts';
import { hasDocument, onClickOf, scriptData, showInDocument, warn } from './platform.ts';
import { parseSignInPolicy } from './protocol/sign-in-policy.ts';
import { closestName } from './protocol/unknown-option.ts';

const SETTINGS = ['login', 'worker', 'scope'] as const;

/**
 * The client of this page, for code of an app that wants it. It never settles where there is no document, as on a server that
 * renders the app.
 */
export const client: Promise<TokenwardClient> = hasDocument() ? start() : new Promise(() => {});

client.catch((error: unknown) => console.error('tokenward:', error));

/**
 * Connects, and signs in by the policy that the page names, in the script element (`data-login`) or in the script's URL
 * (`?login=`). Where tokens go stands in the worker's own file and nowhere else.
 */
async function start(): Promise<TokenwardClient> {
  const url = new URL(import.meta.url);
  const data = scriptData(url.href);
  const setting = (name: (typeof SETTINGS)[number], fallback: string): string =>
    data[name] ?? url.searchParams.get(name) ?? fallback;
  for (const name of [...Object.keys(data), ...url.searchParams.keys()]) {
    const meant = closestName(name, SETTINGS);
    // Others may stand there for somebody else, such as a version in the URL.
    if (meant !== undefined && meant !== name) warn(`There is no setting "${name}"; did you mean "${meant}"?`);
  }
  const policy = parseSignInPolicy(setting('login', 'on-401'));
  const connected = await connect({ worker: setting('worker', '/tokenward-sw.js'), scope: setting('scope', '/') });
  connected.subscribe(({ status }) => showInDocument('tokenward', status));
  onClickOf('[data-tokenward="sign-in"]', () => connected.login());
  onClickOf('[data-tokenward="sign-out"]', () => connected.logout());
  followPolicy(connected, policy);
  return connected;
}
