import type { Fault } from '../../servers/faults.ts';
import type { Attack } from '../attack.ts';
import { openApp } from '../visit.ts';

/** What the page has got of two challenges: those that it can hand to a sign-in. */
interface Met {
  /** The worker's proof of the claims that the configuration allows. */
  readonly proof: string;
  /** Challenges with the claims that the page wants. */
  readonly challenges: readonly object[];
}

function challengeFor(claims: string): Fault {
  const value = Buffer.from(claims).toString('base64');
  const headers = { 'www-authenticate': `Bearer error="insufficient_claims", claims="${value}"` };
  return { stage: 'before', answer: { status: 401, headers } };
}

/** Sends two requests that meet challenges, and makes of what the page hears every challenge with other claims that it can. */
async function meetChallenges({ url, claims }: { readonly url: string; readonly claims: string }): Promise<Met> {
  const heard: Record<string, unknown>[] = [];
  navigator.serviceWorker?.addEventListener('message', ({ data }) => {
    if (data?.type === 'tokenward:challenge') heard.push({ ...data.challenge });
  });
  for (const _ of ['allowed', 'planted']) await fetch(url).catch(() => {});
  // Without a worker there is nothing to hear.
  for (let turn = 0; navigator.serviceWorker?.controller && heard.length < 2 && turn < 200; turn += 1)
    await new Promise((resolve) => setTimeout(resolve, 25));
  const proof = heard.map(({ claimsProof }) => claimsProof).find((known) => typeof known === 'string') ?? '';
  const forged = { error: 'insufficient_claims', url, method: 'GET' };
  const challenges = [...heard, forged].flatMap((challenge) => [
    { ...challenge, claims },
    { ...challenge, claims, claimsProof: proof },
    { ...challenge, claims, claimsProof: `${Date.now()} 1.2.3` },
    { ...challenge, claims: [claims], claimsProof: proof },
  ]);
  return { proof, challenges };
}

/** Attack by challenges that the page makes up, changes, or has an API repeat. */
export const CLAIMS_ATTACK: Attack = {
  id: 'W21',
  title:
    'requests claims of its own: by a forged challenge, by the proof of another one, and by one that an API repeats',
  scenario: '5.1.2',
  naive: 'page',
  ruins: 'naive profile',
  act: async ({ tab, site, servers: { authorizationServer, api } }) => {
    const before = authorizationServer.requests.count('authorization');
    const own = JSON.stringify({ access_token: { roles: { value: 'attacker' } } });
    const allowed = JSON.stringify({ access_token: { nbf: { value: '1604106651' } } });
    const path = `/api/${crypto.randomUUID()}`;
    for (const claims of [allowed, own]) api.faults.plan((request) => request.path === path, challengeFor(claims));
    const { proof, challenges } = await tab.evaluate(meetChallenges, { url: `${api.origin}${path}`, claims: own });
    const isAsked = (): boolean =>
      authorizationServer.requests
        .list('authorization')
        .slice(before)
        .some(({ parameters }) => String(parameters).includes('attacker'));
    for (const options of [{ parameters: { claims: own } }, ...challenges]) {
      if (isAsked()) return { reached: true };
      if (!(await tab.evaluate(() => 'app' in window).catch(() => false))) await openApp(tab, site);
      // Ends when the sign-in is refused, or the page has left.
      await tab.evaluate((asked) => window.app.signIn(asked).catch(() => {}), options).catch(() => {});
    }
    for (const claimsProof of ['', proof, `${Date.now()} 1.2.3`]) {
      const query = new URLSearchParams({ returnTo: site.page, claims: own, claims_proof: claimsProof });
      await tab.goto(`${site.origin}/auth/login?${query}`).catch(() => {});
    }
    return { reached: isAsked() };
  },
};
