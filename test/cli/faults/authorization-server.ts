import {
  alter,
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

export const SERVER_FAULTS: readonly PlantedFault[] = [
  [
    'no metadata',
    alter('authorizationServer', metadata, status(404)),
    'fail metadata-read',
    'fail cors-metadata',
    'fail cors-token-endpoint',
    'warn redirect-uri',
  ],
  [
    'metadata of another issuer',
    alter('authorizationServer', metadata, member('issuer', 'https://other.example')),
    'fail metadata-issuer',
  ],
  [
    'an endpoint without https',
    alter('authorizationServer', metadata, member('end_session_endpoint', 'http://login.example/end')),
    'fail metadata-https',
  ],
  [
    'no S256',
    alter('authorizationServer', metadata, member('code_challenge_methods_supported', ['plain'])),
    'fail metadata-pkce',
  ],
  [
    'plain challenges',
    alter('authorizationServer', metadata, member('code_challenge_methods_supported', ['S256', 'plain'])),
    'warn metadata-pkce',
  ],
  [
    'no word of PKCE',
    alter('authorizationServer', metadata, member('code_challenge_methods_supported', undefined)),
    'warn metadata-pkce',
  ],
  [
    'no iss parameter',
    alter('authorizationServer', metadata, member('authorization_response_iss_parameter_supported', false)),
    'warn metadata-iss',
  ],
  [
    'no code flow',
    alter('authorizationServer', metadata, member('response_types_supported', ['id_token'])),
    'fail metadata-response-types',
  ],
  [
    'an implicit flow',
    alter('authorizationServer', metadata, member('response_types_supported', ['code', 'token'])),
    'warn metadata-response-types',
  ],
  [
    'no query mode',
    alter('authorizationServer', metadata, member('response_modes_supported', ['form_post'])),
    'fail metadata-response-mode',
  ],
  [
    'no refresh tokens',
    alter('authorizationServer', metadata, member('grant_types_supported', ['authorization_code'])),
    'warn metadata-refresh',
  ],
  [
    'no public clients',
    alter('authorizationServer', metadata, member('token_endpoint_auth_methods_supported', ['client_secret_basic'])),
    'warn metadata-public-client',
  ],
  [
    'no end of session',
    alter('authorizationServer', metadata, member('end_session_endpoint', undefined)),
    'warn metadata-end-session',
  ],
  [
    'no revocation',
    alter('authorizationServer', metadata, member('revocation_endpoint', undefined)),
    'warn metadata-revocation',
  ],
  [
    'pushed requests that nobody sends',
    (deployment) => {
      deployment.app.configure({ worker: { pushedAuthorizationRequests: 'off' } });
      alter('authorizationServer', metadata, member('require_pushed_authorization_requests', true))(deployment);
    },
    'fail metadata-par',
  ],
  [
    'pushed requests that nobody takes',
    (deployment) => {
      deployment.app.configure({ worker: { pushedAuthorizationRequests: 'required' } });
      alter('authorizationServer', metadata, member('pushed_authorization_request_endpoint', undefined))(deployment);
    },
    'fail metadata-par',
  ],
  [
    'DPoP that the server does not know',
    (deployment) => {
      deployment.app.configure({ worker: { dpop: 'required' } });
      alter('authorizationServer', metadata, member('dpop_signing_alg_values_supported', ['RS256']))(deployment);
    },
    'fail metadata-dpop',
  ],
  [
    'unsigned ID tokens',
    alter('authorizationServer', metadata, member('id_token_signing_alg_values_supported', ['ES256', 'none'])),
    'warn metadata-signatures',
  ],
  [
    'ID tokens that need a shared secret',
    alter('authorizationServer', metadata, member('id_token_signing_alg_values_supported', ['HS256', 'none'])),
    'fail metadata-signatures',
  ],
  [
    'ID tokens by an algorithm that no browser has',
    alter('authorizationServer', metadata, member('id_token_signing_alg_values_supported', ['ES256K'])),
    'fail metadata-signatures',
  ],
  [
    'a client that needs a secret',
    alter(
      'authorizationServer',
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
    alter('authorizationServer', metadata, drop('access-control-allow-origin')),
    'fail cors-metadata',
  ],
  [
    'keys that the worker may not read',
    alter('authorizationServer', path('/jwks'), drop('access-control-allow-origin')),
    'fail cors-metadata',
  ],
  [
    'a token endpoint without CORS',
    alter('authorizationServer', path('/token'), drop('access-control-allow-origin')),
    'fail cors-token-endpoint',
  ],
  [
    'a token endpoint for another origin',
    alter('authorizationServer', path('/token'), set('access-control-allow-origin', 'https://other.example')),
    'fail cors-token-endpoint',
  ],
  [
    'a token endpoint that takes no proofs',
    (deployment) => {
      deployment.app.configure({ worker: { dpop: 'required' } });
      alter(
        'authorizationServer',
        (request) => path('/token')(request) && isPreflight(request),
        set('access-control-allow-headers', 'content-type'),
      )(deployment);
    },
    'fail cors-token-preflight',
  ],
  [
    'revocation without CORS',
    alter('authorizationServer', path('/token/revocation'), drop('access-control-allow-origin')),
    'fail cors-other-endpoints',
  ],
  [
    'a token endpoint for everybody, with cookies',
    alter('authorizationServer', path('/token'), ({ headers }, request) => {
      headers.set('access-control-allow-origin', String(request.headers.origin));
      headers.set('access-control-allow-credentials', 'true');
    }),
    'fail cors-strangers',
  ],
  [
    'a redirect URI that is not registered',
    ({ app }) => app.configure({ worker: { redirectUri: '/auth/other' } }),
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
    ({ app }) => app.configure({ worker: { clientId: 'no-such-client' } }),
    'fail token-client',
    'fail redirect-uri',
  ],
  [
    'a server that does not say',
    alter('authorizationServer', path('/auth'), (answer) => {
      answer.status = 200;
      answer.headers.delete('location');
    }),
    'warn redirect-uri',
  ],
  [
    'another redirect URI',
    alter(
      'authorizationServer',
      (request) => request.path.startsWith('/auth?') && request.path.includes('silent.html'),
      loginRequired,
    ),
    'fail redirect-uri-others',
  ],
  [
    'PKCE that is not required',
    alter(
      'authorizationServer',
      (request) => request.path.startsWith('/auth?') && !request.path.includes('code_challenge'),
      loginRequired,
    ),
    'warn authorization-pkce',
  ],
  [
    'an implicit flow for this client',
    alter(
      'authorizationServer',
      (request) => request.path.startsWith('/auth?') && request.path.includes('response_type=token'),
      loginRequired,
    ),
    'fail authorization-implicit',
  ],
  [
    'an answer without iss',
    alter(
      'authorizationServer',
      (request) => request.path.startsWith('/auth?') && request.path.includes('auth%2Fcallback'),
      (answer) => {
        if (String(answer.headers.get('location')).includes('login_required')) parameter('iss', undefined)(answer);
      },
    ),
    'fail authorization-iss',
  ],
  [
    'a server whose clock is late',
    alter('authorizationServer', path('/token'), set('date', new Date(Date.now() - 300_000).toUTCString())),
    'fail clock',
  ],
  [
    'a clock that is late, and may be read',
    alter('authorizationServer', path('/token'), ({ headers }) => {
      headers.set('date', new Date(Date.now() - 300_000).toUTCString());
      headers.set('access-control-expose-headers', 'Date');
    }),
    'warn clock',
  ],
];
