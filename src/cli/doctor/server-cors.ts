import { hasMembers } from '../../protocol/json.ts';
import { RELAY_HEADER } from '../../protocol/relay-proof.ts';
import { allowsOrigin, findRefused, preflight } from './cross-origin.ts';
import { endpointOf, type Deployment } from './deployment.ts';
import { defineCheck, type Finding } from './finding.ts';
import type { Send } from './probe.ts';

const METADATA = defineCheck('cors-metadata', {
  risk: 'The worker cannot read the metadata or the keys: no user can sign in.',
  fix: 'Access-Control-Allow-Origin with the app’s origin, or *, at the metadata and at jwks_uri.',
});
const TOKEN = defineCheck('cors-token-endpoint', {
  risk: 'The worker cannot read the answer of the token endpoint: no user can sign in, and no token is refreshed.',
  fix:
    'Enter the app’s origin at the authorization server, for CORS. Errors must carry the header too. If the server has no such setting, ' +
    'set the option "relay" of the configuration.',
});
const TOKEN_PREFLIGHT = defineCheck('cors-token-preflight', {
  risk: 'With DPoP the browser sends a preflight before each token request, and the server refuses it: no user can sign in.',
  fix: 'Access-Control-Allow-Headers: DPoP at the token endpoint',
});
const OTHERS = defineCheck('cors-other-endpoints', {
  risk: 'Sign-out cannot revoke the refresh token, or requests cannot be pushed.',
  fix:
    'Access-Control-Allow-Origin with the app’s origin at the endpoints for revocation and pushed requests, or the option "relay" of the ' +
    'configuration.',
});
const CLIENT = defineCheck('token-client', {
  risk: 'The token endpoint wants a secret, which a browser cannot keep, or does not know the client: no user can sign in.',
  fix:
    'Register the client as a public client: token_endpoint_auth_method: "none". Compare clientId in the worker script. If the server ' +
    'demands a secret all the same, set the option "relay" of the configuration.',
});
const RELAY = defineCheck('relay', {
  risk: 'The relay does not answer, or answers anyone: no user can sign in, or script in a page can use the client secret.',
  fix: 'Give createTokenward() the option "relay", and put its middleware before whatever serves files or reads bodies.',
});
const STRANGERS = defineCheck('cors-strangers', {
  risk: 'Any page that the user opens can read the responses of the token endpoint to requests with the user’s cookies.',
  fix: 'Send no Access-Control-Allow-Credentials if Access-Control-Allow-Origin repeats any origin.',
});

const STRANGER = 'https://tokenward-doctor.invalid';

/** Checks whether the worker can read the authorization server's responses. It sends no code, token or secret. */
export async function examineServerCors(deployment: Deployment, send: Send): Promise<readonly Finding[]> {
  const { origin, configuration, metadata } = deployment;
  const { metadataUrl, clientId = '' } = configuration;
  const token = endpointOf(metadata, 'token_endpoint');
  const jwks = endpointOf(metadata, 'jwks_uri');
  const read = await Promise.all(
    [metadataUrl, jwks].map(async (url) => (url === undefined ? undefined : send(url, { headers: { origin } }))),
  );
  const unreadable = read.filter(
    (answer) => answer !== undefined && (answer.status !== 200 || !allowsOrigin(answer, origin)),
  );
  const metadataFinding = METADATA.judge(
    unreadable.map((answer) => `${answer?.url ?? ''} (${answer?.status ?? 0}) may not be read by ${origin}`),
    'metadata and keys',
  );
  if (token === undefined) return [metadataFinding, TOKEN.fail('the metadata names no token endpoint')];
  // The worker sends nothing else to the server, and the server knows another client.
  if (configuration.relay !== undefined)
    return [metadataFinding, await examineRelay(origin + configuration.relay, send)];

  // A request that cannot succeed: an exchange without a code.
  const form = (from: string): Parameters<Send>[1] => ({
    method: 'POST',
    headers: { origin: from, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'authorization_code', client_id: clientId }).toString(),
  });
  const refusal = await send(token, form(origin));
  const toStranger = await send(token, form(STRANGER));
  const isOpen =
    toStranger.header('access-control-allow-origin') === STRANGER &&
    toStranger.header('access-control-allow-credentials') === 'true';
  const asked = await send(token, preflight(origin, 'POST', ['dpop']));
  const others = await Promise.all(
    ['revocation_endpoint', 'pushed_authorization_request_endpoint'].flatMap((name) => {
      const url = endpointOf(metadata, name);
      const isUsed = name === 'revocation_endpoint' || configuration.pushedAuthorizationRequests !== 'off';
      return url === undefined || !isUsed ? [] : [send(url, form(origin))];
    }),
  );
  const closed = others.filter((answer) => !allowsOrigin(answer, origin));
  const refused = allowsOrigin(asked, origin) ? findRefused(asked, 'POST', 'dpop') : [`the origin ${origin}`];
  return [
    metadataFinding,
    TOKEN.judge(
      allowsOrigin(refusal, origin) ? [] : [`${token} (${refusal.status}) may not be read by ${origin}`],
      `${origin} may read it, errors too`,
    ),
    CLIENT.judge(
      errorOf(refusal.body) === 'invalid_client' ? [`${token} (${refusal.status}) answers invalid_client`] : [],
      'no secret',
    ),
    configuration.dpop === 'required'
      ? TOKEN_PREFLIGHT.judge(
          refused.map((what) => `the preflight does not allow ${what}`),
          'DPoP',
        )
      : TOKEN_PREFLIGHT.pass('without DPoP there is none'),
    OTHERS.judge(
      closed.map(({ url, status }) => `${url} (${status}) may not be read by ${origin}`),
      others.map(({ url }) => new URL(url).pathname).join(', '),
    ),
    STRANGERS.judge(isOpen ? ['every origin may read it, with credentials'] : [], 'no credentials for other origins'),
  ];
}

/** Checks whether the relay refuses a request without a proof, in its own words. */
async function examineRelay(address: string, send: Send): Promise<Finding> {
  const { status, header } = await send(`${address}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=authorization_code',
  });
  const isRefused = status === 401 && header(RELAY_HEADER) === 'refused';
  return RELAY.judge(
    isRefused ? [] : [`${address}/token answers ${status} to a request without a proof`],
    'it asks for a proof',
  );
}

/** Returns the error of a token endpoint (RFC 6749, section 5.2). */
function errorOf(body: string): unknown {
  try {
    const members: unknown = JSON.parse(body);
    return hasMembers(members) ? members['error'] : undefined;
  } catch {
    return undefined;
  }
}
