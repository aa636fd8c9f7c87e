import { describe, expect, test } from 'vitest';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { fingerprintOf, isOfSameClient } from '../../src/configuration/fingerprint.ts';
import { type Configuration, parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { DEFAULT_TARGET, keyOfTarget, parseTargetKey, type TokenTarget } from '../../src/configuration/token-target.ts';
import { TokenwardError } from '../../src/protocol/error.ts';
import { TokenSession } from '../../sw/session/token-session.ts';
import type { TokenSet } from '../../sw/session/token-set.ts';
import { SealedVault } from '../../sw/vault/sealed-vault.ts';
import { deriveSealingKey } from '../../sw/vault/sealing-key.ts';
import type { Vault } from '../../sw/vault/vault.ts';
import { createMemoryRecordStore } from '../support/memory-record-store.ts';

const NOW_MS = 1_800_000_000_000;

const OPTIONS: TokenwardOptions = {
  issuer: 'https://as.example/tenant',
  clientId: 'spa',
  dpop: 'required',
  protectedResources: [
    { url: 'https://plain.example/v1' },
    {
      url: '/api',
      methods: ['get'],
      exclude: ['public'],
      resource: 'https://notes.example/',
      audience: 'the notes',
      scopes: ['notes:read', 'notes:write'],
      dpop: 'optional',
    },
    { url: 'https://reports.example', resource: 'urn:reports', dpop: 'required' },
    { url: 'https://scopes.example', scopes: ['a*b+c%', '~'] },
  ],
};

/** Keys of these resources, as an earlier release has written them into the records of a session. */
const KEYS = [
  '',
  'resource=https%3A%2F%2Fnotes.example%2F&audience=the+notes&scope=notes%3Aread+notes%3Awrite&dpop=optional',
  'resource=urn%3Areports',
  'scope=a*b%2Bc%25+%7E',
];

/** Fingerprint of this configuration, as an earlier release has bound records to it. */
const FINGERPRINT =
  '["https://as.example/tenant","spa","required",{"issuer":"https://as.example/tenant","clientId":"spa","scopes":["openid","offline_access","notes:read","notes:write","a*b+c%","~"],"scopesFromPage":[],"protectedResources":[{"origin":"https://plain.example","path":"/v1","exclude":[],"destinations":[],"ownAuthorization":"keep","redirects":"follow","reflection":"pass","replayLimitBytes":1048576,"withoutSession":"pass","target":""},{"origin":"https://app.example","path":"/api","exclude":["/api/public"],"methods":["GET"],"destinations":[],"ownAuthorization":"keep","redirects":"follow","reflection":"pass","replayLimitBytes":1048576,"withoutSession":"pass","target":"resource=https%3A%2F%2Fnotes.example%2F&audience=the+notes&scope=notes%3Aread+notes%3Awrite&dpop=optional"},{"origin":"https://reports.example","path":"/","exclude":[],"destinations":[],"ownAuthorization":"keep","redirects":"follow","reflection":"pass","replayLimitBytes":1048576,"withoutSession":"pass","target":"resource=urn%3Areports"},{"origin":"https://scopes.example","path":"/","exclude":[],"destinations":[],"ownAuthorization":"keep","redirects":"follow","reflection":"pass","replayLimitBytes":1048576,"withoutSession":"pass","target":"scope=a*b%2Bc%25+%7E"}],"redirectUri":"https://app.example/auth/callback","base":"/","registrationScope":"https://app.example/","endpoints":{"login":"/auth/login","logout":"/auth/logout","session":"/auth/session","callback":"/auth/callback"},"authorizationParameters":{},"parametersFromPage":[],"pushedAuthorizationRequests":"auto","responseType":"code","responseMode":"query","responseDelivery":"url","postLogoutRedirectUri":"https://app.example/","adoption":"refuse","dpop":"required","withoutSecret":"memory","alarmAction":"revoke","refreshBeforeExpiryMs":10000,"requestTimeoutMs":15000}]';

const CONFIGURATION = parseConfiguration(OPTIONS, 'https://app.example');

function targetsOf({ protectedResources }: Configuration): readonly TokenTarget[] {
  return protectedResources.map(({ target }) => target);
}

describe('the key of a target', () => {
  test('is the one under which an earlier release has stored its access token', () => {
    expect(targetsOf(CONFIGURATION).map(keyOfTarget)).toEqual(KEYS);
  });

  test('is empty for the access token that the server gives by default', () => {
    expect(keyOfTarget(DEFAULT_TARGET)).toBe('');
  });

  test('differs for targets of which one member differs', () => {
    const base = { resource: 'urn:a', audience: 'b', scopes: ['c', 'd'], dpop: 'optional' } as const;
    const others: readonly TokenTarget[] = [
      { ...base, resource: undefined },
      { ...base, audience: 'b&scope=c' },
      { ...base, scopes: ['c'] },
      { ...base, scopes: ['d', 'c'] },
      { ...base, dpop: undefined },
    ];

    expect(new Set([base, ...others].map(keyOfTarget)).size).toBe(6);
  });

  test.for(KEYS)('gives the target back: "%s"', (key) => {
    expect(keyOfTarget(parseTargetKey(key))).toBe(key);
    expect(parseTargetKey(key)).toEqual(targetsOf(CONFIGURATION)[KEYS.indexOf(key)]);
  });
});

describe('the fingerprint of a configuration', () => {
  test('is that of an earlier release, so that its sealed records open', () => {
    expect(fingerprintOf(CONFIGURATION)).toBe(FINGERPRINT);
  });

  test('does not change by a rule for renewals that is the default, and none changes the target', () => {
    const by = (renewOn?: 'invalid_token' | 'unauthorized'): Configuration =>
      parseConfiguration(
        {
          issuer: 'https://as.example',
          clientId: 'spa',
          protectedResources: [{ url: 'https://api.example', renewOn }],
        },
        'https://app.example',
      );

    expect(fingerprintOf(by('invalid_token'))).toBe(fingerprintOf(by()));
    expect(fingerprintOf(by())).not.toContain('renewOn');
    expect(fingerprintOf(by('unauthorized'))).not.toBe(fingerprintOf(by()));
    expect(isOfSameClient(fingerprintOf(by('unauthorized')), by())).toBe(true);
    expect(targetsOf(by('unauthorized'))).toEqual(targetsOf(by()));
  });

  test('does not change without limits of a session, and these end no session', () => {
    const limited = (session?: { readonly idleSeconds: number }): Configuration =>
      parseConfiguration(
        {
          issuer: 'https://as.example',
          clientId: 'spa',
          protectedResources: [{ url: 'https://api.example' }],
          session,
        },
        'https://app.example',
      );

    expect(fingerprintOf(limited())).not.toContain('idleMs');
    expect(isOfSameClient(fingerprintOf(limited({ idleSeconds: 60 })), limited())).toBe(true);
  });

  test('is of the same client for a handover from an earlier release', () => {
    expect(isOfSameClient(FINGERPRINT, CONFIGURATION)).toBe(true);
  });
});

describe('a session that an earlier release has stored', () => {
  /** The record of a session with an access token for each target, each named by its place. */
  const stored = {
    position: { startedAtMs: NOW_MS, id: 'one', turn: 1, signOuts: 0 },
    open: [],
    tokens: {
      claims: { sub: 'ada' },
      scopes: ['openid'],
      accessTokens: Object.fromEntries(
        [...KEYS.slice(1), ''].map((key) => [
          key,
          {
            accessToken: `access ${KEYS.indexOf(key)}`,
            scopes: [],
            expiresAtMs: NOW_MS + 60_000,
            lifetimeMs: 60_000,
            isBound: false,
          },
        ]),
      ),
      refreshToken: 'refresh',
      idToken: 'id',
    },
  };

  /** A worker of this release that finds the record; the token endpoint is out of reach. */
  async function start() {
    const { store } = createMemoryRecordStore();
    const key = deriveSealingKey('a secret of 43 characters, or what stands here');
    const vaultUnder = (configuration: string): Vault =>
      new SealedVault({
        storage: 'sealed',
        store,
        key: () => key,
        workerVersion: async () => 'one',
        configuration,
        now: () => NOW_MS,
      });
    await vaultUnder(FINGERPRINT).write('session', stored);
    const vault = vaultUnder(fingerprintOf(CONFIGURATION));
    const clock = { nowMs: NOW_MS };
    const requested: TokenTarget[] = [];
    const session = new TokenSession({
      vault,
      refresh: async (_tokens: TokenSet, target: TokenTarget) => {
        requested.push(target);
        throw new TokenwardError('token_endpoint_unavailable', 'No.', { cause: new TypeError('No network.') });
      },
      revoke: async () => true,
      tellVersions: () => {},
      schedule: () => {},
      announce: () => {},
      isOnline: () => true,
      now: () => clock.nowMs,
      refreshBeforeExpiryMs: 10_000,
      isServerReachable: async () => true,
      leaseMs: 20_000,
    });
    return { session, clock, requested };
  }

  test('has the access token of each protected resource', async () => {
    const { session, requested } = await start();

    const issued = await Promise.all(targetsOf(CONFIGURATION).map((target) => session.fresh(target)));

    expect(issued.map((token) => token?.issued.accessToken.reveal())).toEqual(
      KEYS.map((_, index) => `access ${index}`),
    );
    expect(requested).toEqual([]);
  });

  test('recovers with the members of its first target', async () => {
    const { session, clock, requested } = await start();
    const [, notes] = targetsOf(CONFIGURATION);
    clock.nowMs += 60_000;
    await expect(session.fresh(DEFAULT_TARGET)).rejects.toMatchObject({ code: 'token_endpoint_unavailable' });

    await session.recover();

    expect(requested).toEqual([DEFAULT_TARGET, notes]);
  });
});
