import { requestAuthorization, type Outcome } from './authorization-request.ts';
import { appCallbackOf, endpointOf, isIsolated, type Deployment } from './deployment.ts';
import { defineCheck, type Finding } from './finding.ts';
import type { Send } from './probe.ts';

const REGISTERED = defineCheck('redirect-uri', {
  risk: 'The authorization server shows an error instead of its login page: no user can sign in.',
  fix: 'Enter the redirect URI at the authorization server, letter for letter, and check clientId.',
});
const OTHERS = defineCheck('redirect-uri-others', {
  risk: 'Script in the page makes a flow of its own end at another address of the origin, where it can read the code.',
  fix: 'Register the one redirect URI, exactly, without wildcards, and no other on this origin.',
});
const PKCE = defineCheck('authorization-pkce', {
  risk: 'Anyone can exchange a code that was issued without a challenge.',
  fix: 'Require PKCE with S256 for this client.',
});
const IMPLICIT = defineCheck('authorization-implicit', {
  risk: 'Script in the page requests an access token in a URL, and no code verifier protects it.',
  fix: 'Switch the implicit flow off for this client.',
});
const ISS = defineCheck('authorization-iss', {
  risk: 'A response of another server looks like one of this server (mix-up, RFC 9207).',
  fix: 'Make the server send iss in each authorization response, errors included.',
});

/** Other addresses that are often registered: each is a place where a foreign flow may end. */
const USUAL = ['/', '/callback', '/silent.html', '/tokenward-doctor-not-registered'];

/**
 * Sends authorization requests without a user: `prompt=none` and no cookies, so that a server which knows the client and its
 * redirect URI sends an error there. The verifier of the challenge is discarded.
 */
export async function examineRedirectUri(deployment: Deployment, send: Send): Promise<readonly Finding[]> {
  const { configuration, metadata, origin } = deployment;
  const { redirectUri, clientId } = configuration;
  if (endpointOf(metadata, 'authorization_endpoint') === undefined || clientId === undefined) {
    return [REGISTERED.warn('it cannot be requested: authorization endpoint and client are not known')];
  }
  const ask = (changes: Readonly<Record<string, string | undefined>>): Promise<Outcome> =>
    requestAuthorization(deployment, changes, send);
  const own = await ask({});
  if (own.kind === 'refused') return [REGISTERED.fail(`${redirectUri} is refused (${own.answer.status})`)];
  if (own.kind === 'elsewhere') {
    return [
      REGISTERED.warn(
        `the server answered ${own.answer.status} to prompt=none with a page of its own: the result is not known. ` +
          'If it does so in browsers too, a lost session is not renewed silently, and the browser does not go there a second ' +
          'time by itself: the app must show a sign-in button',
      ),
    ];
  }
  const others = await Promise.all(
    // The callback of the app was the redirect URI before there was an isolated one.
    [...(isIsolated(deployment) ? [appCallbackOf(deployment)] : []), ...USUAL]
      .map((path) => new URL(path, origin).href)
      .filter((url) => url !== redirectUri)
      .map(async (url) => ({ url, outcome: await ask({ redirect_uri: url }) })),
  );
  const open = others.filter(({ outcome }) => outcome.kind === 'answered').map(({ url }) => url);
  const bare = await ask({ code_challenge: undefined, code_challenge_method: undefined });
  const implicit = await ask({ response_type: 'token' });
  const { parameters } = own;
  return [
    REGISTERED.pass(`${redirectUri} is registered`),
    OTHERS.judge(
      open.map((url) => `${url} is registered too`),
      `${others.length} others are refused`,
    ),
    isRefusal(bare) ? PKCE.pass('required') : PKCE.warn('a request without a challenge is not refused'),
    isRefusal(implicit) ? IMPLICIT.pass('refused') : IMPLICIT.fail('response_type=token is not refused'),
    metadata['authorization_response_iss_parameter_supported'] !== true ||
    parameters.get('iss') === configuration.issuer
      ? ISS.pass(parameters.get('iss') ?? 'not announced')
      : ISS.fail(`the response's iss is ${parameters.get('iss') ?? 'missing'}`),
  ];
}

/** Whether the request itself was refused, and not the missing user. */
function isRefusal(outcome: Outcome): boolean {
  if (outcome.kind !== 'answered') return outcome.kind === 'refused';
  const error = outcome.parameters.get('error') ?? '';
  return /^(invalid_request|unauthorized_client|unsupported_response_type|unsupported_response_mode)$/.test(error);
}
