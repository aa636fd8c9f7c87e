import type { FrontRequest, FrontRule } from '../../support/altering-front.ts';
import {
  alter,
  configured,
  drop,
  isPreflight,
  loginRequired,
  member,
  metadata,
  parameter,
  path,
  set,
  status,
  type PlantedFault,
} from './plant.ts';

/** Alters what the authorization server answers. */
const server = (matches: (request: FrontRequest) => boolean, rule: FrontRule): PlantedFault[1] =>
  alter('authorizationServer', matches, rule);
/** Changes a member of the metadata. */
const says = (name: string, value: unknown): PlantedFault[1] => server(metadata, member(name, value));
/** Authorization requests whose query has a part. */
const authorization =
  (part: string) =>
  (request: FrontRequest): boolean =>
    request.path.startsWith('/auth?') && request.path.includes(part);

export const SERVER_FAULTS: readonly PlantedFault[] = [
  [
    'no metadata',
    server(metadata, status(404)),
    'fail metadata-read',
    'fail cors-metadata',
    'fail cors-token-endpoint',
    'warn redirect-uri',
  ],
  ['metadata of another issuer', says('issuer', 'https://other.example'), 'fail metadata-issuer'],
  ['an endpoint without https', says('end_session_endpoint', 'http://login.example/end'), 'fail metadata-https'],
  ['no S256', says('code_challenge_methods_supported', ['plain']), 'fail metadata-pkce'],
  ['plain challenges', says('code_challenge_methods_supported', ['S256', 'plain']), 'warn metadata-pkce'],
  ['no word of PKCE', says('code_challenge_methods_supported', undefined), 'warn metadata-pkce'],
  ['no iss parameter', says('authorization_response_iss_parameter_supported', false), 'warn metadata-iss'],
  ['no code flow', says('response_types_supported', ['id_token']), 'fail metadata-response-types'],
  ['an implicit flow', says('response_types_supported', ['code', 'token']), 'warn metadata-response-types'],
  ['no query mode', says('response_modes_supported', ['form_post']), 'fail metadata-response-mode'],
  ['no refresh tokens', says('grant_types_supported', ['authorization_code']), 'warn metadata-refresh'],
  [
    'no public clients',
    says('token_endpoint_auth_methods_supported', ['client_secret_basic']),
    'warn metadata-public-client',
  ],
  ['no end of session', says('end_session_endpoint', undefined), 'warn metadata-end-session'],
  ['no revocation', says('revocation_endpoint', undefined), 'warn metadata-revocation'],
  [
    'pushed requests that nobody sends',
    configured({ pushedAuthorizationRequests: 'off' }, says('require_pushed_authorization_requests', true)),
    'fail metadata-par',
  ],
  [
    'pushed requests that nobody takes',
    configured({ pushedAuthorizationRequests: 'required' }, says('pushed_authorization_request_endpoint', undefined)),
    'fail metadata-par',
  ],
  [
    'DPoP that the server does not know',
    configured({ dpop: 'required' }, says('dpop_signing_alg_values_supported', ['RS256'])),
    'fail metadata-dpop',
  ],
  ['unsigned ID tokens', says('id_token_signing_alg_values_supported', ['ES256', 'none']), 'warn metadata-signatures'],
  [
    'ID tokens that need a shared secret',
    says('id_token_signing_alg_values_supported', ['HS256', 'none']),
    'fail metadata-signatures',
  ],
  [
    'ID tokens by an algorithm that no browser has',
    says('id_token_signing_alg_values_supported', ['ES256K']),
    'fail metadata-signatures',
  ],
  [
    'a client that needs a secret',
    server(
      (request) => path('/token')(request) && !isPreflight(request),
      (answer) => {
        answer.status = 401;
        answer.body = JSON.stringify({ error: 'invalid_client' });
      },
    ),
    'fail token-client',
  ],
  [
    'metadata that the worker may not read',
    server(metadata, drop('access-control-allow-origin')),
    'fail cors-metadata',
  ],
  [
    'keys that the worker may not read',
    server(path('/jwks'), drop('access-control-allow-origin')),
    'fail cors-metadata',
  ],
  [
    'a token endpoint without CORS',
    server(path('/token'), drop('access-control-allow-origin')),
    'fail cors-token-endpoint',
  ],
  [
    'a token endpoint for another origin',
    server(path('/token'), set('access-control-allow-origin', 'https://other.example')),
    'fail cors-token-endpoint',
  ],
  [
    'a token endpoint that takes no proofs',
    configured(
      { dpop: 'required' },
      server(
        (request) => path('/token')(request) && isPreflight(request),
        set('access-control-allow-headers', 'content-type'),
      ),
    ),
    'fail cors-token-preflight',
  ],
  [
    'revocation without CORS',
    server(path('/token/revocation'), drop('access-control-allow-origin')),
    'fail cors-other-endpoints',
  ],
  [
    'a token endpoint for everybody, with cookies',
    server(path('/token'), ({ headers }, request) => {
      headers.set('access-control-allow-origin', String(request.headers.origin));
      headers.set('access-control-allow-credentials', 'true');
    }),
    'fail cors-strangers',
  ],
  [
    'a redirect URI that is not registered',
    configured({ redirectUri: '/auth/other' }),
    'fail callback-address',
    'fail callback-served',
    'fail callback-sandbox',
    'fail callback-framing',
    'fail callback-no-store',
    'fail callback-referrer',
    'fail redirect-uri',
  ],
  [
    'a client that the server does not know',
    configured({ clientId: 'no-such-client' }),
    'fail token-client',
    'fail redirect-uri',
  ],
  [
    'a server that does not say',
    server(path('/auth'), (answer) => {
      answer.status = 200;
      answer.headers.delete('location');
    }),
    'warn redirect-uri',
  ],
  ['another redirect URI', server(authorization('silent.html'), loginRequired), 'fail redirect-uri-others'],
  [
    'PKCE that is not required',
    server((request) => request.path.startsWith('/auth?') && !request.path.includes('code_challenge'), loginRequired),
    'warn authorization-pkce',
  ],
  [
    'an implicit flow for this client',
    server(authorization('response_type=token'), loginRequired),
    'fail authorization-implicit',
  ],
  [
    'an answer without iss',
    server(authorization('auth%2Fcallback'), (answer) => {
      if (String(answer.headers.get('location')).includes('login_required')) parameter('iss', undefined)(answer);
    }),
    'fail authorization-iss',
  ],
  [
    'a server whose clock is late',
    server(path('/token'), set('date', new Date(Date.now() - 300_000).toUTCString())),
    'fail clock',
  ],
  [
    'a clock that is late, and may be read',
    server(path('/token'), ({ headers }) => {
      headers.set('date', new Date(Date.now() - 300_000).toUTCString());
      headers.set('access-control-expose-headers', 'Date');
    }),
    'warn clock',
  ],
];
