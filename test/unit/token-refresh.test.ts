import { describe, expect, test } from 'vitest';
import { keyOfTarget, parseTargetKey, type TokenTarget } from '../../src/configuration/token-target.ts';
import { TokenwardError } from '../../src/protocol/error.ts';
import { TokenSession } from '../../sw/session/token-session.ts';
import type { RevocableTokens } from '../../sw/session/open-revocation.ts';
import type { IssuedToken, TokenSet } from '../../sw/session/token-set.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';
import { Token } from '../../sw/vault/token.ts';
import type { Vault } from '../../sw/vault/vault.ts';

const START_MS = 1_800_000_000_000;
const LIFETIME_MS = 60_000;
const NOTES = 'resource=urn%3Anotes';
const REPORTS = 'resource=urn%3Areports';

/** A token endpoint that rotates refresh tokens, and ends the session when one comes a second time. */
function rotatingServer(clock: { nowMs: number }) {
  let generation = 1;
  let present = 'refresh-1';
  let underWay = 0;
  let mostUnderWay = 0;
  const requests: { target: string; refreshToken: string | undefined }[] = [];
  const revoked: (string | undefined)[][] = [];
  /** What goes wrong with the next requests for a target. */
  const faults = new Map<string, TokenwardError>();
  /** What answers wait for. */
  const gate: { until: Promise<void> } = { until: Promise.resolve() };
  const issue = (target: string): IssuedToken => ({
    accessToken: new Token('access_token', `${target} ${generation}`),
    scopes: [target],
    expiresAtMs: clock.nowMs + LIFETIME_MS,
    lifetimeMs: LIFETIME_MS,
    isBound: false,
  });
  const signIn = (changes: Partial<TokenSet> = {}): TokenSet => ({
    claims: { sub: 'ada' },
    scopes: ['openid'],
    accessTokens: { [NOTES]: issue(NOTES) },
    refreshToken: new Token('refresh_token', present),
    idToken: new Token('id_token', 'id'),
    dpopKey: undefined,
    ...changes,
  });
  const refresh = async (tokens: TokenSet, of: TokenTarget): Promise<TokenSet> => {
    const target = keyOfTarget(of);
    const refreshToken = tokens.refreshToken?.reveal();
    requests.push({ target, refreshToken });
    underWay += 1;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    await gate.until;
    underWay -= 1;
    const fault = faults.get(target);
    if (fault) throw fault;
    if (refreshToken !== present) throw refused('invalid_grant');
    generation += 1;
    present = `refresh-${generation}`;
    const accessTokens = { ...tokens.accessTokens, [target]: issue(target) };
    return { ...tokens, accessTokens, refreshToken: new Token('refresh_token', present) };
  };
  const revoke = async ({ refreshToken, accessTokens }: RevocableTokens): Promise<boolean> => {
    const issued = Object.values(accessTokens).map(({ accessToken }) => accessToken.reveal());
    revoked.push([refreshToken?.reveal(), ...issued]);
    return true;
  };
  return { requests, revoked, faults, gate, signIn, refresh, revoke, mostUnderWay: () => mostUnderWay };
}

function refused(serverCode: string): TokenwardError {
  return new TokenwardError('token_request_refused', 'Refused.', { serverCode });
}

type Server = ReturnType<typeof rotatingServer>;

function sessionOf(server: Server, clock: { nowMs: number }, vault: Vault = createMemoryVault()): TokenSession {
  return new TokenSession({
    vault,
    refresh: server.refresh,
    revoke: server.revoke,
    tellVersions: () => {},
    schedule: () => {},
    announce: () => {},
    isOnline: () => true,
    now: () => clock.nowMs,
    refreshBeforeExpiryMs: 10_000,
    isServerReachable: async () => true,
    leaseMs: 20_000,
  });
}

/** A session whose sign-in has given an access token for the notes. */
async function signedIn(changes: Partial<TokenSet> = {}) {
  const clock = { nowMs: START_MS };
  const server = rotatingServer(clock);
  const vault = createMemoryVault();
  const session = sessionOf(server, clock, vault);
  await session.start(server.signIn(changes));
  return { session, server, clock, vault, ask: asking(session) };
}

/** The access token that requests for a target get. */
function asking(session: TokenSession): (target: string) => Promise<string | undefined> {
  return async (target) => (await session.fresh(parseTargetKey(target)))?.issued.accessToken.reveal();
}

describe('access tokens for two targets', () => {
  test('are two, the second obtained when a request first needs it', async () => {
    const { ask, server } = await signedIn();

    expect(await ask(NOTES)).toBe(`${NOTES} 1`);
    expect(server.requests).toEqual([]);
    expect(await ask(REPORTS)).toBe(`${REPORTS} 2`);
    expect(await ask(REPORTS)).toBe(`${REPORTS} 2`);
    expect(await ask(NOTES)).toBe(`${NOTES} 1`);
    expect(server.requests).toEqual([{ target: REPORTS, refreshToken: 'refresh-1' }]);
  });

  test('are obtained one after the other when both are needed at once, each with the refresh token of the previous one', async () => {
    const { ask, server, clock, session } = await signedIn();
    await ask(REPORTS);
    clock.nowMs += LIFETIME_MS;

    const answers = await Promise.all([ask(NOTES), ask(REPORTS), ask(NOTES), ask(REPORTS), ask('')]);

    expect(answers).toEqual([`${NOTES} 3`, `${REPORTS} 4`, `${NOTES} 3`, `${REPORTS} 4`, ' 5']);
    expect(server.requests.map(({ refreshToken }) => refreshToken)).toEqual([
      'refresh-1',
      'refresh-2',
      'refresh-3',
      'refresh-4',
    ]);
    expect(server.mostUnderWay()).toBe(1);
    expect(await session.view()).toMatchObject({ status: 'signed-in' });
  });

  test('are renewed separately: a refusal of one does not change the other', async () => {
    const { ask, session } = await signedIn();
    await ask(REPORTS);
    const token = await session.fresh(parseTargetKey(REPORTS));

    const renewed = token && (await session.freshAfter(token));

    expect(renewed?.issued.accessToken.reveal()).toBe(`${REPORTS} 3`);
    expect(await ask(NOTES)).toBe(`${NOTES} 1`);
  });

  test('are renewed once for each generation of each, though requests for both are refused together', async () => {
    const { ask, session, server } = await signedIn();
    await ask(REPORTS);
    const tokens = [await session.fresh(parseTargetKey(NOTES)), await session.fresh(parseTargetKey(REPORTS))].filter(
      (token) => token !== undefined,
    );

    await Promise.all([...tokens, ...tokens].map((token) => session.freshAfter(token)));
    await Promise.all(tokens.map((token) => session.freshAfter(token)));

    expect(server.requests.map(({ target }) => target)).toEqual([REPORTS, NOTES, REPORTS]);
  });

  test('are all stored before a request gets one', async () => {
    const { ask, server, clock, vault } = await signedIn();

    await ask(REPORTS);
    const next = asking(sessionOf(server, clock, vault));

    expect(await next(NOTES)).toBe(`${NOTES} 1`);
    expect(await next(REPORTS)).toBe(`${REPORTS} 2`);
    expect(server.requests).toHaveLength(1);
  });

  test('are revoked, all of them, at sign-out', async () => {
    const { ask, server, session } = await signedIn();
    await ask(REPORTS);

    await session.signOut();

    expect(server.revoked).toEqual([['refresh-2', `${NOTES} 1`, `${REPORTS} 2`]]);
    expect(await ask(REPORTS)).toBeUndefined();
  });

  test('show the page the scopes of both, and the last expiry', async () => {
    const { ask, clock, session } = await signedIn();
    clock.nowMs += 1000;
    await ask(REPORTS);

    expect(await session.view()).toMatchObject({
      scopes: [NOTES, REPORTS],
      expiresAtMs: START_MS + 1000 + LIFETIME_MS,
    });
  });
});

describe('a sign-out while a target waits for its turn', () => {
  test('leaves it without a token, and uses no refresh token for it', async () => {
    const { ask, server, session } = await signedIn();

    let open: () => void = () => {};
    server.gate.until = new Promise((resolve) => {
      open = resolve;
    });
    const both = Promise.all([ask(REPORTS), ask('')]);
    await expect.poll(() => server.requests.length).toBe(1);
    await session.signOut();
    open();

    expect(await both).toEqual([undefined, undefined]);
    expect(server.requests).toHaveLength(1);
    expect(server.revoked.flat()).toContain(`${REPORTS} 2`);
  });
});

describe('a sign-in while a request waits', () => {
  const EVE = { claims: { sub: 'eve' } };

  /** Uses the session, and signs in anew while the first request to the token endpoint is under way. */
  async function signInMeanwhile(use: (ask: ReturnType<typeof asking>) => Promise<unknown>, fault?: TokenwardError) {
    const parts = await signedIn();
    if (fault) parts.server.faults.set(REPORTS, fault);
    let open: () => void = () => {};
    parts.server.gate.until = new Promise((resolve) => {
      open = resolve;
    });
    const used = use(parts.ask).catch((error: unknown) => error);
    await expect.poll(() => parts.server.requests.length).toBe(1);
    const accessTokens = Object.fromEntries(
      Object.values(parts.server.signIn().accessTokens).flatMap((issued) => [
        [NOTES, issued],
        ['', issued],
      ]),
    );
    await parts.session.start(parts.server.signIn({ ...EVE, accessTokens }));
    open();
    return { ...parts, used: await used };
  }

  test('of another user gives that request none of their tokens', async () => {
    const { ask, used } = await signInMeanwhile((askBefore) => Promise.all([askBefore(REPORTS), askBefore('')]));

    expect(used).toEqual([undefined, undefined]);
    expect(await ask(NOTES)).toBe(`${NOTES} 1`);
  });

  test('of another user does not send one user’s request once more as theirs', async () => {
    const { clock, session, server } = await signedIn();
    const known = await session.fresh(parseTargetKey(NOTES));
    clock.nowMs += 1000;
    await session.start(server.signIn(EVE));

    expect(known && (await session.freshAfter(known))).toBeUndefined();
    expect(await session.fresh(parseTargetKey(NOTES))).toMatchObject({ tokens: EVE });
  });

  test('is not refused a target because the session before was', async () => {
    const { ask, server, used } = await signInMeanwhile((askBefore) => askBefore(REPORTS), refused('invalid_target'));

    expect(used).toMatchObject({ serverCode: 'invalid_target' });
    server.faults.clear();
    expect(await ask(REPORTS)).toBe(`${REPORTS} 2`);
  });
});

describe('a target that the server refuses', () => {
  test.for(['invalid_target', 'invalid_scope'])(
    'with %s gets an error, is not asked for again, and does not end the session',
    async (code) => {
      const { ask, server, session } = await signedIn();
      server.faults.set(REPORTS, refused(code));

      await expect(ask(REPORTS)).rejects.toMatchObject({ serverCode: code });
      await expect(ask(REPORTS)).rejects.toMatchObject({ serverCode: code });

      expect(server.requests).toHaveLength(1);
      expect(await session.view()).toMatchObject({ status: 'signed-in' });
      expect(await ask(NOTES)).toBe(`${NOTES} 1`);
    },
  );

  test('does not end the session where it is what the server gives by default, as for UserInfo, and another works', async () => {
    const { ask, server, session } = await signedIn();
    server.faults.set('', refused('invalid_target'));

    await expect(ask('')).rejects.toMatchObject({ serverCode: 'invalid_target' });

    expect(await session.view()).toMatchObject({ status: 'signed-in' });
    expect(await ask(NOTES)).toBe(`${NOTES} 1`);
  });

  test('is asked for again after another sign-in', async () => {
    const { ask, server, session } = await signedIn();
    server.faults.set(REPORTS, refused('invalid_target'));
    await expect(ask(REPORTS)).rejects.toThrow();

    server.faults.clear();
    await session.start(server.signIn());

    expect(await ask(REPORTS)).toBe(`${REPORTS} 2`);
  });

  test('with another code is a session that is lost', async () => {
    const { ask, server, session } = await signedIn();
    server.faults.set(REPORTS, refused('invalid_grant'));

    expect(await ask(REPORTS)).toBeUndefined();
    expect(await session.view()).toMatchObject({ status: 'signed-out', reason: 'lost' });
  });
});

describe('a failure that may pass', () => {
  test('at one target keeps the next from the token endpoint too: the refresh token may have been used', async () => {
    const { ask, server, session } = await signedIn();
    const unavailable = new TokenwardError('token_endpoint_unavailable', 'No answer.');
    server.faults.set(REPORTS, unavailable);

    const answers = await Promise.allSettled([ask(REPORTS), ask('')]);

    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(server.requests).toHaveLength(1);
    expect(await session.view()).toMatchObject({ status: 'signed-in' });
  });
});

describe('a session without a refresh token', () => {
  test('has one access token, and says what a second one needs', async () => {
    const { ask, session } = await signedIn({ refreshToken: undefined });

    expect(await ask(NOTES)).toBe(`${NOTES} 1`);
    await expect(ask(REPORTS)).rejects.toThrow('offline_access');
    expect(await session.view()).toMatchObject({ status: 'signed-in' });
  });
});

describe('a token that another worker version has written', () => {
  test('for one target is taken over, and the other renewed with its refresh token', async () => {
    const { ask, server, clock, vault } = await signedIn();
    const other = asking(sessionOf(server, clock, vault));
    clock.nowMs += LIFETIME_MS;
    await other(REPORTS);

    expect(await ask(NOTES)).toBe(`${NOTES} 3`);
    expect(await ask(REPORTS)).toBe(`${REPORTS} 2`);
    expect(server.requests.map(({ refreshToken }) => refreshToken)).toEqual(['refresh-1', 'refresh-2']);
  });
});
