import assert from 'node:assert/strict';
import { decodeJwt } from 'jose';
import { startStack, type StackOptions } from '../servers/stack.ts';
import { ADA } from '../servers/users.ts';
import { fillLoginPage } from '../support/app-page.ts';
import { noPages, type ServerUnderTest } from './server-under-test.ts';
import type { Traffic } from './traffic.ts';

/** The lifetime of access tokens in the scenario, in seconds: it waits for them to expire. */
export const ACCESS_TOKEN_TTL_SECONDS = 5;

/**
 * oidc-provider with everything off that can be: no pushed requests, no DPoP, no rotation of refresh tokens, opaque access
 * tokens about which the API asks the server.
 */
export function startLaxProvider(): Promise<ServerUnderTest> {
  return startProvider(
    {
      authorizationServer: {
        pushedAuthorizationRequests: 'off',
        dpop: 'off',
        rotation: 'never',
        accessTokenFormat: 'opaque',
      },
      api: ({ issuer, clientId }) => ({ introspection: { url: `${issuer}/token/introspection`, clientId } }),
    },
    inspectLax,
  );
}

/**
 * oidc-provider that wants everything: pushed requests, DPoP with nonces, here and at the API, and a resource for which the
 * access token is; it rotates refresh tokens, and names itself in its answers (`iss`).
 */
export async function startStrictProvider(): Promise<ServerUnderTest> {
  const strict = { dpop: 'required', dpopNonce: 'required' } as const;
  const resource = 'https://notes.example/';
  const audiences = ['https://other.example/', resource];
  const provider = await startProvider(
    {
      authorizationServer: { ...strict, audiences, pushedAuthorizationRequests: 'required' },
      api: { ...strict, audience: resource },
    },
    (traffic) => inspectStrict(traffic, resource),
  );
  const protectedResources = [{ url: provider.api.url, resource }];
  provider.app.configure({ worker: { dpop: 'required', pushedAuthorizationRequests: 'required', protectedResources } });
  return provider;
}

async function startProvider(
  options: StackOptions,
  inspectSignIn: NonNullable<ServerUnderTest['inspectSignIn']>,
): Promise<ServerUnderTest> {
  const { authorizationServer, ...clients } = await startStack({
    ...options,
    authorizationServer: { accessTokenTtlSeconds: ACCESS_TOKEN_TTL_SECONDS, ...options.authorizationServer },
  });
  return {
    ...clients,
    issuer: authorizationServer.issuer,
    subject: ADA.sub,
    passLoginPages: fillLoginPage,
    passSignOutPages: noPages,
    inspectSignIn,
    revokeTokens: async () => authorizationServer.revokeTokens(),
  };
}

/** Nothing is pushed, bound or for a resource. */
async function inspectLax(traffic: Traffic): Promise<string> {
  const [carried] = await traffic.authorizations();
  assert(carried?.parameters.has('code_challenge'), 'the browser did not carry the request');
  const [exchange] = await traffic.codeExchanges();
  assert.equal(exchange?.headers['dpop'], undefined, 'there is a proof');
  assert.equal((await traffic.pushed()).length, 0);
  return 'opaque tokens, no PAR, no DPoP, no rotation';
}

/** The request was pushed for the resource, the answer named the server, the code came with a proof that holds a nonce. */
async function inspectStrict(traffic: Traffic, resource: string): Promise<string> {
  const [pushed] = await traffic.pushed();
  assert.equal(pushed?.parameters.get('resource'), resource);
  assert(pushed.parameters.has('dpop_jkt'), 'the code is not bound to a key');
  const carried = (await traffic.authorizations()).filter((request) => request !== pushed);
  assert(
    carried.some(({ parameters }) => parameters.has('request_uri')),
    'the browser carried no reference',
  );
  assert(
    (await traffic.callbacks()).every(({ parameters }) => parameters.has('iss')),
    'an answer has no iss',
  );
  const [exchange] = await traffic.codeExchanges();
  assert.equal(typeof decodeJwt(exchange?.headers['dpop'] ?? '')['nonce'], 'string', 'the proof has no nonce');
  return 'PAR, DPoP, nonces at both servers, iss, resource';
}
