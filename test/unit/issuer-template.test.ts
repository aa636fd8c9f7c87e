import { beforeEach, describe, expect, test } from 'vitest';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { DEFAULT_TARGET } from '../../src/configuration/token-target.ts';
import { adoptTokens } from '../../sw/oauth/adoption.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from '../../sw/oauth/authorization-response.ts';
import type { OAuthContext } from '../../sw/oauth/context.ts';
import { isOfAllowedTenant } from '../../sw/oauth/issuer-template.ts';
import { refreshAccessToken } from '../../sw/oauth/refresh.ts';
import { startSession } from '../../sw/session/session-changes.ts';
import { BEFORE_ALL } from '../../sw/session/session-order.ts';
import { TokenSession } from '../../sw/session/token-session.ts';
import type { TokenSet } from '../../sw/session/token-set.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';
import type { Vault } from '../../sw/vault/vault.ts';
import {
  APP_ORIGIN,
  clientOf,
  createScriptedServer,
  ISSUER,
  leftHalfHash,
  type ScriptedServer,
  tokenResponse,
} from '../support/scripted-server.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';

const TEMPLATE = `${ISSUER}/{tenantid}/v2.0`;
const ACME = '11111111-aaaa-4aaa-8aaa-111111111111';
const EVIL = '22222222-bbbb-4bbb-8bbb-222222222222';
const METADATA_URL = `${ISSUER}/organizations/v2.0/.well-known/openid-configuration`;

let server: ScriptedServer;
beforeEach(async () => {
  server = await createScriptedServer();
  server.metadata['issuer'] = TEMPLATE;
  delete server.metadata['authorization_response_iss_parameter_supported'];
  server.answer(new URL(METADATA_URL).pathname, () => Response.json(server.metadata));
});

function issuerOf(tenant: string): string {
  return `${ISSUER}/${tenant}/v2.0`;
}

function clientFor(tenants?: readonly string[], options: Partial<TokenwardOptions> = {}): OAuthContext {
  return clientOf(server, {
    issuer: TEMPLATE,
    authorizationServer: { metadataUrl: METADATA_URL, ...(tenants && { tenants }) },
    ...options,
  });
}

/** Signs in with the claims given, and with the `iss` of the response if one is given. */
async function signIn(
  context: OAuthContext,
  claims: Readonly<Record<string, unknown>> = { iss: issuerOf(ACME), tid: ACME },
  parameters: Readonly<Record<string, string>> = {},
): Promise<TokenSet> {
  const { pending } = await prepareAuthorization(context, { returnTo: '/', scopes: ['openid'], parameters: {} });
  const idToken = await server.idToken({ claims: { nonce: pending.nonce, ...claims } });
  server.answer('/token', () => tokenResponse({ id_token: idToken, refresh_token: 'refresh' }));
  const response = new URLSearchParams({ code: 'the-code', state: pending.state, ...parameters });
  return exchangeAuthorizationCode(context, response, pending);
}

describe('an issuer template', () => {
  test.for([undefined, [ACME], [EVIL, ACME]])(
    'accepts an ID token whose issuer is the template with its own tenant in it, where tenants are %j',
    async (tenants) => {
      await expect(signIn(clientFor(tenants))).resolves.toMatchObject({
        claims: { iss: issuerOf(ACME), tid: ACME, sub: 'ada' },
      });
    },
  );

  test.for<[what: string, claims: Readonly<Record<string, unknown>>]>([
    ['another tenant than its own in its issuer', { iss: issuerOf(ACME), tid: EVIL }],
    ['no tenant', { iss: issuerOf(ACME) }],
    ['a tenant that is no text', { iss: issuerOf('1'), tid: 1 }],
    ['an empty tenant', { iss: issuerOf(''), tid: '' }],
    ['the template itself as its issuer', { iss: TEMPLATE, tid: '{tenantid}' }],
    ['the template as its issuer, and a tenant', { iss: TEMPLATE, tid: ACME }],
    ['a tenant with further segments', { iss: issuerOf('a/v2.0/b'), tid: 'a/v2.0/b' }],
    ['a tenant that is a parent folder', { iss: issuerOf('..'), tid: '..' }],
    ['a tenant with a query', { iss: `${ISSUER}/x?/v2.0`, tid: 'x?' }],
    ['a tenant with a replacement pattern', { iss: issuerOf('$&'), tid: '$&' }],
    ['an issuer on another host', { iss: `https://as.evil.test/${ACME}/v2.0`, tid: ACME }],
    ['an issuer without the rest of the template', { iss: `${ISSUER}/${ACME}`, tid: ACME }],
    ['an issuer with more than the template', { iss: `${issuerOf(ACME)}/`, tid: ACME }],
  ])('refuses an ID token with %s', async ([, claims]) => {
    await expect(signIn(clientFor(), claims)).rejects.toMatchObject({
      code: 'id_token_invalid',
      message: expect.stringMatching(WHAT_TO_DO),
    });
  });

  test.for([[[EVIL]], [[`${ACME}x`]], [[ACME.slice(1)]]] as const)(
    'refuses a user of a tenant that is not listed: %j',
    async ([tenants]) => {
      await expect(signIn(clientFor(tenants))).rejects.toMatchObject({
        code: 'id_token_invalid',
        message: expect.stringContaining('"authorizationServer.tenants"'),
      });
    },
  );

  test('also checks tokens that the page hands over', async () => {
    const context = clientFor([ACME], { adoption: 'allow' });
    const adopt = async (tenant: string, claimed = tenant): Promise<TokenSet> =>
      adoptTokens(context, {
        accessToken: 'access',
        expiresInSeconds: 300,
        idToken: await server.idToken({ claims: { iss: issuerOf(tenant), tid: claimed } }),
      });

    await expect(adopt(ACME)).resolves.toMatchObject({ claims: { tid: ACME } });
    await expect(adopt(EVIL)).rejects.toMatchObject({ code: 'id_token_invalid' });
    await expect(adopt(EVIL, ACME)).rejects.toMatchObject({ code: 'id_token_invalid' });
  });

  test('ends no session of one tenant with the user of another at a refresh: the same subject is another user there', async () => {
    const context = clientFor();
    const before = await signIn(context);
    const idToken = await server.idToken({ claims: { iss: issuerOf(EVIL), tid: EVIL } });
    server.answer('/token', () => tokenResponse({ id_token: idToken }));

    await expect(refreshAccessToken(context, before, { scopes: [] })).rejects.toMatchObject({
      code: 'id_token_invalid',
    });
  });

  test('revokes the tokens of a session that the same subject of another tenant replaces', async () => {
    const context = clientFor();
    const [first, second] = [await signIn(context), await signIn(context, { iss: issuerOf(EVIL), tid: EVIL })];
    const state = { tokens: first, position: BEFORE_ALL, open: [] };

    expect(startSession(state, second, { signOuts: undefined, nowMs: 1 }).open).toHaveLength(1);
    expect(startSession(state, await signIn(context), { signOuts: undefined, nowMs: 1 }).open).toHaveLength(0);
  });
});

describe('a session of an earlier configuration', () => {
  /** Starts a worker with the tenants of its configuration, and the vault of the one before. */
  function start(vault: Vault, tenants?: readonly string[]) {
    const { configuration } = clientFor(tenants);
    const revoked: (string | undefined)[] = [];
    const nowMs = 1_800_000_000_000;
    const session = new TokenSession({
      vault,
      refresh: async (tokens) => tokens,
      revoke: async ({ refreshToken }) => revoked.push(refreshToken?.reveal()) > 0,
      announce: () => {},
      tellVersions: () => {},
      isOnline: () => true,
      now: () => nowMs,
      schedule: () => {},
      isServerReachable: async () => true,
      allows: (claims) => isOfAllowedTenant(configuration, claims),
      refreshBeforeExpiryMs: 1000,
      leaseMs: 1000,
    });
    return { session, revoked };
  }

  test.for<[how: string, before: readonly string[] | undefined, tenants: readonly string[]]>([
    ['listed all', undefined, [EVIL]],
    ['listed it among others', [ACME, EVIL], [EVIL]],
    ['listed it, and this one lists a longer name', [ACME], [`${ACME}x`]],
    ['listed it in place of another', [ACME], [EVIL, ACME.toUpperCase()]],
  ])('ends if its tenant is not listed any more, where the earlier one %s', async ([, before, tenants]) => {
    const vault = createMemoryVault();
    await start(vault, before).session.start(await signIn(clientFor(before)));
    const { session, revoked } = start(vault, tenants);

    expect(await session.fresh(DEFAULT_TARGET)).toBeUndefined();
    expect(await session.view()).toMatchObject({
      status: 'signed-out',
      reason: 'refused',
      lastError: { code: 'id_token_invalid', message: expect.stringMatching(WHAT_TO_DO) },
    });
    await expect.poll(() => revoked).toEqual(['refresh']);
    await expect.poll(async () => JSON.stringify(await vault.read('session'))).not.toContain('refresh');
    expect(await start(vault, tenants).session.fresh(DEFAULT_TARGET)).toBeUndefined();
    expect(await start(vault).session.fresh(DEFAULT_TARGET)).toBeUndefined();
  });

  test.for([undefined, [ACME], [EVIL, ACME]])('goes on if its tenant is listed: %j', async (tenants) => {
    const vault = createMemoryVault();
    await start(vault).session.start(await signIn(clientFor()));
    const { session, revoked } = start(vault, tenants);

    expect((await session.view()).status).toBe('signed-in');
    expect(revoked).toEqual([]);
  });
});

describe('the defence against a mix-up, with an issuer template', () => {
  test('accepts a response that names the tenant of the ID token', async () => {
    await expect(signIn(clientFor(), undefined, { iss: issuerOf(ACME) })).resolves.toMatchObject({
      claims: { tid: ACME },
    });
  });

  test.for([
    ['another server', 'https://as.evil.test'],
    ['another server with such a path', `https://as.evil.test/${ACME}/v2.0`],
    ['the template', TEMPLATE],
    ['no tenant', `${ISSUER}/v2.0`],
    ['too many segments', issuerOf(`${ACME}/x`)],
  ] as const)('refuses a response that names %s', async ([, iss]) => {
    await expect(signIn(clientFor(), undefined, { iss })).rejects.toMatchObject({
      code: 'authorization_response_invalid',
    });
    expect(server.requestsTo('/token')).toEqual([]);
  });

  test('refuses a response that names a tenant that is not listed, before the code is sent', async () => {
    await expect(signIn(clientFor([ACME]), undefined, { iss: issuerOf(EVIL) })).rejects.toMatchObject({
      code: 'authorization_response_invalid',
    });
    expect(server.requestsTo('/token')).toEqual([]);
  });

  test('refuses a response of one tenant with an ID token of another', async () => {
    await expect(signIn(clientFor(), undefined, { iss: issuerOf(EVIL) })).rejects.toMatchObject({
      code: 'id_token_invalid',
    });
  });

  test('requires the issuer of a response if the metadata announce it', async () => {
    server.metadata['authorization_response_iss_parameter_supported'] = true;

    await expect(signIn(clientFor())).rejects.toMatchObject({ code: 'authorization_response_invalid' });
  });

  test.for([
    [ACME, ACME, 'accepted'],
    [EVIL, ACME, 'refused'],
    [ACME, EVIL, 'refused'],
  ] as const)(
    'compares the tenants of both ID tokens of the hybrid flow: %s, %s: %s',
    async ([front, back, outcome]) => {
      const context = clientFor(undefined, { responseType: 'code id_token' });
      const { pending } = await prepareAuthorization(context, { returnTo: '/', scopes: ['openid'], parameters: {} });
      const make = (tenant: string): Promise<string> =>
        server.idToken({
          claims: { nonce: pending.nonce, iss: issuerOf(tenant), tid: tenant, c_hash: leftHalfHash('the-code') },
        });
      const [first, second] = await Promise.all([make(front), make(back)]);
      server.answer('/token', () => tokenResponse({ id_token: second }));
      const response = new URLSearchParams({ code: 'the-code', state: pending.state, id_token: first });
      const result = exchangeAuthorizationCode(context, response, pending);

      if (outcome === 'accepted') await expect(result).resolves.toMatchObject({ claims: { tid: ACME } });
      else await expect(result).rejects.toMatchObject({ code: 'id_token_invalid' });
    },
  );
});

describe('the issuer of a key', () => {
  test.for([
    ['the template', TEMPLATE, 'accepted'],
    ['the tenant of the ID token', issuerOf(ACME), 'accepted'],
    ['another tenant', issuerOf(EVIL), 'refused'],
    ['another server', 'https://as.evil.test', 'refused'],
  ] as const)('if it is %s, a signature by the key is %s', async ([, issuer, outcome]) => {
    server.answer('/jwks', () =>
      Response.json({ keys: server.keys.map(({ publicJwk }) => ({ ...publicJwk, issuer })) }),
    );
    const result = signIn(clientFor());

    if (outcome === 'accepted') await expect(result).resolves.toMatchObject({ claims: { tid: ACME } });
    else await expect(result).rejects.toMatchObject({ code: 'id_token_invalid' });
  });
});

describe('the configuration of an issuer template', () => {
  const parse = (issuer: string, authorizationServer: unknown, rest: object = {}) =>
    parseConfiguration(
      { issuer, clientId: 'spa', protectedResources: [{ url: '/api' }], authorizationServer, ...rest },
      APP_ORIGIN,
    );

  test.for<[what: string, issuer: string, options: unknown, field: string]>([
    ['no URL of the metadata', TEMPLATE, undefined, '"authorizationServer.metadataUrl" must be given'],
    ['no URL of the metadata either', TEMPLATE, { tenants: [ACME] }, '"authorizationServer.metadataUrl" must be given'],
    ['two tenants', `${ISSUER}/{tenantid}/{tenantid}`, { metadataUrl: METADATA_URL }, '"issuer" must be'],
    ['a part of a segment', `${ISSUER}/x-{tenantid}/v2.0`, { metadataUrl: METADATA_URL }, '"issuer" must be'],
    ['another name', `${ISSUER}/{tenant}/v2.0`, { metadataUrl: METADATA_URL }, '"issuer" must be'],
    ['a tenant as its host', 'https://{tenantid}.example/', { metadataUrl: METADATA_URL }, '"issuer" must be'],
    ['no tenant in its list', TEMPLATE, { metadataUrl: METADATA_URL, tenants: [] }, 'authorizationServer.tenants'],
    ['tenants but no template', ISSUER, { tenants: [ACME] }, '"authorizationServer.tenants" must be absent'],
  ])('is refused with %s', ([, issuer, options, field]) => {
    expect(() => parse(issuer, options)).toThrow(field);
  });

  test('is refused with responses in a JWT, which name no tenant', () => {
    expect(() => parse(TEMPLATE, { metadataUrl: METADATA_URL }, { responseMode: 'query.jwt' })).toThrow('responseMode');
  });
});
