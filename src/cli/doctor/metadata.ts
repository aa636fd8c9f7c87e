import { endpointOf, listOf, type Deployment, type Metadata } from './deployment.ts';
import { defineCheck, type Finding } from './finding.ts';
import { isSecure } from '../../configuration/loopback.ts';

const READ = defineCheck('metadata-read', {
  risk: 'The worker finds no endpoint: no user can sign in.',
  fix: 'Set issuer in the worker script to the address before /.well-known/openid-configuration, or authorizationServer.metadataUrl.',
});
const ISSUER = defineCheck('metadata-issuer', {
  risk: 'The worker refuses metadata of another issuer, because a mix-up of servers begins with it (RFC 8414, section 3.3).',
  fix: 'Set issuer in the worker script to exactly the issuer of the metadata.',
});
const HTTPS = defineCheck('metadata-https', {
  risk: 'An attacker on the network reads codes and tokens.',
  fix: 'Serve each endpoint of the authorization server over https.',
});
const PKCE = defineCheck('metadata-pkce', {
  risk: 'Anyone can exchange a code that leaks; with `plain`, the challenge is the verifier.',
  fix: 'code_challenge_methods_supported: ["S256"]',
});
const ISS = defineCheck('metadata-iss', {
  risk: 'A response of another server looks like one of this server (mix-up, RFC 9207).',
  fix: 'authorization_response_iss_parameter_supported: true',
});
const RESPONSE_TYPES = defineCheck('metadata-response-types', {
  risk: 'Script in the page can start an implicit flow, and read the access token in its URL.',
  fix: 'response_types_supported: ["code"]; switch the implicit flow off for this client.',
});
const RESPONSE_MODE = defineCheck('metadata-response-mode', {
  risk: 'The server does not support the response that the worker requests: no user can sign in.',
  fix: 'responseMode in the worker script, one of response_modes_supported.',
});
const REFRESH = defineCheck('metadata-refresh', {
  risk: 'There is no refresh token: each time an access token expires, the page leaves for a silent sign-in.',
  fix: 'Allow the grant type refresh_token, with rotation, and the scope offline_access.',
});
const CLIENT = defineCheck('metadata-public-client', {
  risk: 'A client with a secret cannot be used here, because a browser cannot keep a secret.',
  fix: 'Register a public client, for which token_endpoint_auth_methods_supported must hold "none", or set the option "relay".',
});
const END_SESSION = defineCheck('metadata-end-session', {
  risk: 'After sign-out the next user of the browser is signed in as the previous one.',
  fix: 'Switch RP-initiated logout on (end_session_endpoint).',
});
const REVOCATION = defineCheck('metadata-revocation', {
  risk: 'A refresh token outlives the sign-out.',
  fix: 'Switch token revocation on (revocation_endpoint, RFC 7009).',
});
const PAR = defineCheck('metadata-par', {
  risk: 'The server requires pushed authorization requests and gets none, or gets them without supporting them: no user can sign in.',
  fix: "pushedAuthorizationRequests: 'auto' in the worker script, or the endpoint of RFC 9126 at the server.",
});
const DPOP = defineCheck('metadata-dpop', {
  risk: 'The configuration requires tokens that are bound to a key, and the server does not issue them: no user can sign in.',
  fix: 'dpop_signing_alg_values_supported: ["ES256"]',
});
const SIGNATURES = defineCheck('metadata-signatures', {
  risk: 'The sender of an ID token without a signature chooses its claims.',
  fix: 'id_token_signing_alg_values_supported without "none".',
});

const ENDPOINTS = [
  'authorization_endpoint',
  'end_session_endpoint',
  'jwks_uri',
  'pushed_authorization_request_endpoint',
  'revocation_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
] as const;

/** Checks the authorization server's metadata (RFC 8414, OpenID Connect Discovery 1.0). */
export function judgeMetadata({ configuration, metadata }: Deployment): readonly Finding[] {
  const { issuer = '', metadataUrl = 'the configuration', responseType, responseMode, scopes } = configuration;
  const has = (name: string, value: string): boolean => listOf(metadata, name)?.includes(value) === true;
  if (Object.keys(metadata).length === 0) return [READ.fail(`there are none at ${metadataUrl}`)];

  const insecure = ENDPOINTS.filter((name) => {
    const url = endpointOf(metadata, name);
    return url !== undefined && !isSecure(new URL(url));
  });
  const types = listOf(metadata, 'response_types_supported') ?? [];
  const implicit = types.filter((type) => type.split(' ').includes('token'));
  const modes = listOf(metadata, 'response_modes_supported') ?? ['query', 'fragment'];
  const grants = listOf(metadata, 'grant_types_supported') ?? ['authorization_code', 'implicit'];
  const wantsRefresh = scopes.includes('offline_access');
  const methods = listOf(metadata, 'token_endpoint_auth_methods_supported');
  const offers = (name: (typeof ENDPOINTS)[number]): boolean => endpointOf(metadata, name) !== undefined;
  return [
    READ.pass(metadataUrl),
    ISSUER.judge(
      metadata['issuer'] === issuer ? [] : [`they say ${String(metadata['issuer'])}, the worker ${issuer}`],
      issuer,
    ),
    HTTPS.judge(
      insecure.map((name) => `${name} is http`),
      'each endpoint, or on this machine',
    ),
    judgePkce(metadata),
    metadata['authorization_response_iss_parameter_supported'] === true
      ? ISS.pass('announced')
      : ISS.warn('the server announces no iss parameter'),
    types.includes(responseType)
      ? implicit.length === 0
        ? RESPONSE_TYPES.pass(responseType)
        : RESPONSE_TYPES.warn(`the implicit flow is on: ${implicit.join(', ')}`)
      : RESPONSE_TYPES.fail(`there is no "${responseType}"`),
    RESPONSE_MODE.judge(modes.includes(responseMode) ? [] : [`there is no "${responseMode}"`], responseMode),
    !wantsRefresh || grants.includes('refresh_token')
      ? REFRESH.pass(wantsRefresh ? 'refresh_token' : 'not asked for')
      : REFRESH.warn('no grant type refresh_token, though the scopes hold offline_access'),
    configuration.relay !== undefined || methods === undefined || methods.includes('none')
      ? CLIENT.pass(configuration.relay === undefined ? 'none' : 'the relay authenticates the client')
      : CLIENT.warn(`token_endpoint_auth_methods_supported: ${methods.join(', ')}`),
    offers('end_session_endpoint') ? END_SESSION.pass('there is one') : END_SESSION.warn('no end_session_endpoint'),
    offers('revocation_endpoint') ? REVOCATION.pass('there is one') : REVOCATION.warn('no revocation_endpoint'),
    judgePushedRequests(configuration.pushedAuthorizationRequests, metadata),
    configuration.dpop !== 'required' || has('dpop_signing_alg_values_supported', 'ES256')
      ? DPOP.pass(configuration.dpop === 'required' ? 'ES256' : 'not asked for')
      : DPOP.fail('dpop: required, and the server does not announce ES256'),
    judgeSignatures(metadata),
  ];
}

/** Algorithms of a key that anyone may know, which the worker can verify (RFC 7518, section 3.1; RFC 8037). */
const ASYMMETRIC = /^((RS|PS|ES)(256|384|512)|EdDSA|Ed25519)$/;

function judgeSignatures(metadata: Metadata): Finding {
  const algorithms = listOf(metadata, 'id_token_signing_alg_values_supported') ?? ['RS256'];
  if (!algorithms.some((algorithm) => ASYMMETRIC.test(algorithm))) {
    return SIGNATURES.fail(
      `the worker can verify none of ${algorithms.join(', ')}: no user can sign in`,
      'id_token_signed_response_alg of the client: RS256 or ES256',
    );
  }
  return algorithms.includes('none')
    ? SIGNATURES.warn('"none" is among the algorithms for ID tokens')
    : SIGNATURES.pass('ID tokens are signed');
}

function judgePkce(metadata: Metadata): Finding {
  const methods = listOf(metadata, 'code_challenge_methods_supported');
  if (methods === undefined) return PKCE.warn('the server does not say whether it supports PKCE');
  if (!methods.includes('S256')) return PKCE.fail(`no S256, but ${methods.join(', ')}`);
  return methods.includes('plain') ? PKCE.warn('"plain" is accepted too') : PKCE.pass('S256');
}

function judgePushedRequests(wanted: string, metadata: Metadata): Finding {
  const isOffered = endpointOf(metadata, 'pushed_authorization_request_endpoint') !== undefined;
  const isRequired = metadata['require_pushed_authorization_requests'] === true;
  if (wanted === 'required' && !isOffered) return PAR.fail('the worker must push, and the server names no endpoint');
  if (wanted === 'off' && isRequired) return PAR.fail('the server accepts no others, and the worker pushes none');
  return PAR.pass(isOffered && wanted !== 'off' ? 'pushed' : 'not pushed');
}
