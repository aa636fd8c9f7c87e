import type { TokenwardClient } from '../client.ts';
import { scopeOf, type WorkerOptions } from '../connect-options.ts';
import { applySignInPolicy } from '../sign-in-policy.ts';
import { connectPage } from '../connect.ts';
import { hasDocument, onClickOf, scriptData, showInDocument, warn } from '../platform.ts';
import { withCode } from '../platform-failure.ts';
import { parseSignInPolicy } from '../../protocol/sign-in-policy.ts';
import { closestName } from '../../protocol/unknown-option.ts';

const SETTINGS = ['login', 'worker', 'scope'] as const;

/**
 * Connects, and signs in by the policy that the page names, in the script element (`data-login`) or in the script's URL
 * (`?login=`). Only the worker's own file determines which requests get tokens.
 *
 * @param scriptUrl the URL of the running script; without one, every setting has its default
 * @param defaults location of the worker, where neither the element nor the URL names it
 * @returns the client; the promise stays pending without a document, as on a server that renders the app
 */
export function startAuto(
  scriptUrl: string | undefined,
  defaults: Pick<WorkerOptions, 'worker' | 'scope'> = {},
): Promise<TokenwardClient> {
  if (!hasDocument()) return new Promise(() => {});
  const client = start(scriptUrl, defaults);
  client.catch((error: unknown) => console.error('tokenward:', error));
  return client;
}

async function start(
  scriptUrl: string | undefined,
  defaults: Pick<WorkerOptions, 'worker' | 'scope'>,
): Promise<TokenwardClient> {
  const url = scriptUrl === undefined ? undefined : new URL(scriptUrl);
  const data = url ? scriptData(url.href) : {};
  const setting = (name: (typeof SETTINGS)[number]): string | undefined =>
    data[name] ?? url?.searchParams.get(name) ?? undefined;
  for (const name of [...Object.keys(data), ...(url?.searchParams.keys() ?? [])]) {
    const meant = closestName(name, SETTINGS);
    // Ignore other names, which may be for other code, such as a version in the URL.
    if (meant !== undefined && meant !== name) warn(`There is no setting "${name}"; did you mean "${meant}"?`);
  }
  const policy = parseSignInPolicy(setting('login') ?? 'on-401');
  const [worker, scope] = [setting('worker'), setting('scope')];
  const options = {
    // A worker of another name has another scope.
    ...(worker === undefined && defaults),
    ...(worker !== undefined && { worker }),
    ...(scope !== undefined && { scope }),
  };
  const page = await withCode(() => connectPage(options));
  const { client: connected } = page;
  connected.subscribe(({ status }) => showInDocument('tokenward', status));
  onClickOf('[data-tokenward="sign-in"]', () => connected.login());
  onClickOf('[data-tokenward="sign-out"]', () => connected.logout());
  applySignInPolicy(page, policy, scopeOf(options));
  return connected;
}
