import { describe, expect, test, vi } from 'vitest';
import { isTokenwardError } from '../../src/protocol/error.ts';
import { fingerprintOf } from '../../src/configuration/fingerprint.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';

const ORIGIN = 'https://app.example';
const MINIMAL = {
  issuer: 'https://as.example',
  clientId: 'spa',
  protectedResources: [{ url: 'https://api.example/v1' }],
};

describe('a configuration with the three fields that it must have', () => {
  test('gets every default', () => {
    const configuration = parseConfiguration(MINIMAL, ORIGIN);

    expect(configuration).toMatchObject({
      clientId: 'spa',
      scopes: ['openid', 'offline_access'],
      scopesFromPage: [],
      protectedResources: [
        {
          origin: 'https://api.example',
          path: '/v1',
          methods: undefined,
          exclude: [],
          destinations: [],
          ownAuthorization: 'keep',
          redirects: 'follow',
          reflection: 'pass',
          cache: undefined,
          replayLimitBytes: 1_048_576,
          withoutSession: 'pass',
        },
      ],
      redirectUri: 'https://app.example/auth/callback',
      registrationScope: 'https://app.example/',
      endpoints: { login: '/auth/login', logout: '/auth/logout', session: '/auth/session', callback: '/auth/callback' },
      authorizationParameters: {},
      parametersFromPage: [],
      pushedAuthorizationRequests: 'auto',
      responseType: 'code',
      responseMode: 'query',
      responseDelivery: 'url',
      postLogoutRedirectUri: 'https://app.example/',
      precedence: undefined,
      adoption: 'refuse',
      dpop: 'off',
      alarmAction: 'revoke',
      alarmReportUrl: undefined,
      refreshBeforeExpiryMs: 10_000,
      requestTimeoutMs: 15_000,
    });
    expect(configuration.issuer.href).toBe('https://as.example/');
  });

  test('treats a field that is undefined as absent', () => {
    expect(parseConfiguration({ ...MINIMAL, scopes: undefined }, ORIGIN).scopes).toEqual(['openid', 'offline_access']);
  });
});

describe('a configuration that requires DPoP', () => {
  const dpop = 'required';

  test('keeps a resource for which it is optional apart from the others', () => {
    const urls = ['https://one.example', 'https://two.example', 'https://three.example'];
    const [one, two, three] = parseConfiguration(
      {
        ...MINIMAL,
        dpop,
        protectedResources: [{ url: urls[0] }, { url: urls[1], dpop }, { url: urls[2], dpop: 'optional' }],
      },
      ORIGIN,
    ).protectedResources.map(({ target }) => target);

    expect(two).toEqual(one);
    expect(three).toEqual({ ...one, dpop: 'optional' });
  });

  test.for([
    ['dpop', { dpop: 'optional' }],
    ['dpop', { dpop: true }],
    ['adoption', { dpop, adoption: 'allow' }],
    ['protectedResources[0].dpop', { dpop, protectedResources: [{ url: 'https://api.example', dpop: 'off' }] }],
    ['authorizationParameters.dpop_jkt', { dpop, authorizationParameters: { dpop_jkt: 'x' } }],
    ['parametersFromPage.dpop_jkt', { dpop, parametersFromPage: ['dpop_jkt'] }],
  ] as const)('is refused with another %s: %o', ([field, options]) => {
    expect(refusalOf({ ...MINIMAL, ...options })).toBe(field);
  });
});

describe('a configuration with every field', () => {
  test('keeps its values', () => {
    const configuration = parseConfiguration(
      {
        issuer: 'https://as.example/tenant',
        clientId: 'spa',
        protectedResources: [
          {
            url: '/api',
            methods: ['get', 'POST'],
            exclude: ['public', '/api/health/'],
            destinations: ['image', 'document'],
            ownAuthorization: 'replace',
            redirects: 'covered',
            replayLimitBytes: 0,
            withoutSession: 'pass',
          },
          { url: 'https://api.example/' },
        ],
        scopes: ['openid', 'notes:read'],
        scopesFromPage: ['notes:write'],
        redirectUri: '/app/signed-in',
        endpointPath: '/app/session/',
        registrationScope: '/app/',
        authorizationParameters: { audience: 'urn:api' },
        parametersFromPage: ['login_hint'],
        pushedAuthorizationRequests: 'required',
        responseType: 'code id_token',
        responseMode: 'fragment',
        postLogoutRedirectUri: '/bye',
        withoutSession: 'problem',
        precedence: 'last',
        adoption: 'allow',
        alarmAction: 'wipe',
        alarmReportUrl: '/alarms',
        refreshBeforeExpirySeconds: 0,
        requestTimeoutMs: 5000,
      },
      ORIGIN,
    );

    expect(configuration).toMatchObject({
      protectedResources: [
        {
          origin: ORIGIN,
          path: '/api',
          exclude: ['/api/public', '/api/health/'],
          destinations: ['image', 'document'],
          ownAuthorization: 'replace',
          redirects: 'covered',
          replayLimitBytes: 0,
          withoutSession: 'pass',
        },
        { origin: 'https://api.example', path: '/', methods: undefined, withoutSession: 'problem' },
      ],
      scopes: ['openid', 'notes:read'],
      scopesFromPage: ['notes:write'],
      redirectUri: 'https://app.example/app/signed-in',
      registrationScope: 'https://app.example/app/',
      endpoints: { login: '/app/session/login', callback: '/app/signed-in' },
      authorizationParameters: { audience: 'urn:api' },
      parametersFromPage: ['login_hint'],
      pushedAuthorizationRequests: 'required',
      responseType: 'code id_token',
      responseMode: 'fragment',
      postLogoutRedirectUri: 'https://app.example/bye',
      precedence: 'last',
      adoption: 'allow',
      alarmAction: 'wipe',
      alarmReportUrl: { href: 'https://app.example/alarms' },
      refreshBeforeExpiryMs: 0,
      requestTimeoutMs: 5000,
    });
    expect([...(configuration.protectedResources[0]?.methods ?? [])]).toEqual(['GET', 'POST']);
  });
});

describe('a configuration is refused by the name of its field', () => {
  test.for<[what: string, field: string, options: unknown]>([
    ['nothing', 'options', undefined],
    ['null', 'options', null],
    ['a string', 'options', 'https://as.example'],
    ['a list', 'options', [MINIMAL]],
    ['a field that there is not', 'clientID', { ...MINIMAL, clientID: 'spa' }],
    ['a client secret', 'clientSecret', { ...MINIMAL, clientSecret: 'hush' }],
  ])('when it is or has %s', ([, field, options]) => {
    expect(refusalOf(options)).toBe(field);
  });

  test.for<[misspelt: string, likeliest: string, options: object]>([
    ['clientID', 'clientId', { clientId: undefined, clientID: 'hush' }],
    ['Issuer', 'issuer', { issuer: undefined, Issuer: 'https://hush.example' }],
    ['protectedResource', 'protectedResources', { protectedResources: undefined, protectedResource: ['hush'] }],
    ['redirectURI', 'redirectUri', { redirectURI: '/hush' }],
    ['scope', 'scopes', { scope: 'hush' }],
    ['protectedResources[0].URL', 'url', { protectedResources: [{ URL: 'https://hush.example' }] }],
    ['protectedResources[0].method', 'methods', { protectedResources: [{ url: '/api', method: ['hush'] }] }],
  ])('when it misspells a field, and says what was meant: %s', ([misspelt, likeliest, options]) => {
    const parse = (): unknown => parseConfiguration({ ...MINIMAL, ...options }, ORIGIN);

    expect(refusalOf({ ...MINIMAL, ...options })).toBe(misspelt);
    expect(parse).toThrow(`There is no option "${misspelt}"; did you mean "${likeliest}"?`);
  });

  test.for(['issuer', 'clientId', 'protectedResources'])('when it lacks %s, and says that it is missing', (field) => {
    const { [field]: _, ...options }: Record<string, unknown> = MINIMAL;

    expect(() => parseConfiguration(options, ORIGIN)).toThrow(`"${field}" is missing.`);
  });

  test('when a resource lacks its URL, and says that it is missing', () => {
    expect(() => parseConfiguration({ ...MINIMAL, protectedResources: [{}] }, ORIGIN)).toThrow(
      '"protectedResources[0].url" is missing.',
    );
  });

  test.for(['issuer', 'clientId', 'protectedResources'])('when it has no %s', (field) => {
    expect(refusalOf({ ...MINIMAL, [field]: undefined })).toBe(field);
  });

  test.for<[field: string, wrong: readonly unknown[]]>([
    ['issuer', ['', 7, null, {}, new URL('https://as.example')]],
    ['clientId', ['', 7, null]],
    ['protectedResources', [[], null, 'https://api.example', { url: 'https://api.example' }]],
    ['protectedResources[0]', [['https://api.example'], [null], [[]]]],
    ['protectedResources[0].url', [[{}], [{ url: 7 }], [{ url: '' }], [{ url: null }]]],
    ['scopes', [null, 'openid', { 0: 'openid' }, ['openid', ''], ['openid', 7], ['openid', null]]],
    ['scopesFromPage', [null, 'openid', [''], ['notes write'], ['notes:write', 'notes:write']]],
    ['redirectUri', ['', 7, {}, null]],
    ['endpointPath', ['', 7, {}, null]],
    ['registrationScope', ['', 7, {}, null]],
    ['authorizationParameters', [null, 'audience', ['audience'], 7]],
    ['authorizationParameters.audience', [{ audience: 7 }, { audience: '' }, { audience: ['a'] }]],
    ['authorizationParameters.max_age', [{ max_age: 'x' }, { max_age: '-1' }, { max_age: '1.5' }]],
    ['parametersFromPage', [null, 'login_hint', { login_hint: true }, [7], [''], [null]]],
    ['pushedAuthorizationRequests', [null, '', 'on', true]],
    ['relay', [null, '', 'on', 1, {}, [], { clientSecret: 'a-secret' }]],
    ['responseType', [null, '', 'token', 'id_token', 'code token', ['code']]],
    ['responseMode', [null, '', 'form-post', 'web_message', 'jwt', true]],
    ['postLogoutRedirectUri', ['', 7, {}, null]],
    ['withoutSession', [null, '', 'redirect', true]],
    ['precedence', [null, '', 'before', true, 1]],
    ['adoption', [null, '', 'yes', true]],
    ['alarmAction', [null, '', 'report', true]],
    ['alarmReportUrl', [null, '', 7, 'http://example.com/alarms', '/alarms?key=1', 'data:,']],
    ['refreshBeforeExpirySeconds', [null, '10', -1, 1.5, Number.NaN, Infinity, 3601]],
    ['session', [null, 60, {}, { warnBeforeSeconds: 10 }]],
    ['session.idleSeconds', [{ idleSeconds: 29 }, { idleSeconds: '60' }, { idleSeconds: null }]],
    ['session.absoluteSeconds', [{ absoluteSeconds: Infinity }, { absoluteSeconds: 0 }]],
    ['session.warnBeforeSeconds', [{ idleSeconds: 60, warnBeforeSeconds: 31 }]],
    ['requestTimeoutMs', [null, '15000', 0, 99, 1000.5, Number.NaN, 120_001]],
  ])('when %s is of another type', ([field, wrong]) => {
    const [name = field] = field.split(/[.[]/);

    const refusals = wrong.map((value) => refusalOf({ ...MINIMAL, [name]: value }));

    expect(refusals).toEqual(wrong.map(() => field));
  });

  test.for<[what: string, issuer: string]>([
    ['relative', '/tenant'],
    ['http on another host', 'http://as.example'],
    ['http on a host that only begins like localhost', 'http://localhost.example'],
    ['http on a host that only ends like localhost', 'http://notlocalhost'],
    ['http on an address that only begins like 127.0.0.1', 'http://127.0.0.1.example'],
    ['of another scheme', 'ftp://as.example'],
    ['of another scheme, on this machine', 'ftp://localhost'],
    ['a script', 'javascript:alert(1)'],
    ['with a user', 'https://user@as.example'],
    ['with a query', 'https://as.example/?tenant=1'],
    ['with a fragment', 'https://as.example/#tenant'],
  ])('when the issuer is %s', ([, issuer]) => {
    expect(refusalOf({ ...MINIMAL, issuer })).toBe('issuer');
  });

  test.for(['http://localhost:4001', 'http://127.0.0.1:4001', 'http://[::1]:4001', 'http://as.localhost:4001'])(
    'but not when the issuer is %s, on this machine',
    (issuer) => {
      expect(parseConfiguration({ ...MINIMAL, issuer }, ORIGIN).issuer.href).toBe(`${issuer}/`);
    },
  );

  test.for<[what: string, options: object]>([
    [
      'outside the registration scope',
      { registrationScope: '/app/', endpointPath: '/app/auth', redirectUri: '/auth/callback' },
    ],
    [
      'beside the scope, with the scope as its beginning but for the slash',
      { registrationScope: '/app/', endpointPath: '/app/auth', redirectUri: '/app' },
    ],
    ['of another origin without TLS', { redirectUri: 'http://other.example/auth/callback' }],
    ['of another scheme', { redirectUri: 'http://app.example/auth/callback' }],
    ['no web address', { redirectUri: 'javascript:alert(1)' }],
    ['of a data URL', { redirectUri: 'data:text/html,x' }],
    ['with user information', { redirectUri: 'https://app@signin.app.example/' }],
    ['isolated, with a query', { redirectUri: 'https://signin.app.example/?app=1' }],
    ['with a query', { redirectUri: '/auth/callback?from=as' }],
    ['with a fragment', { redirectUri: '/auth/callback#' }],
    ["one of the worker's own endpoints", { redirectUri: '/auth/login' }],
  ])('when the redirect URI is %s', ([, options]) => {
    expect(refusalOf({ ...MINIMAL, ...options })).toBe('redirectUri');
  });

  test.for(['form_post', 'form_post.jwt'])('when an isolated callback is to be posted to: %s', (responseMode) => {
    const redirectUri = 'https://signin.app.example/';

    expect(refusalOf({ ...MINIMAL, redirectUri, responseMode })).toBe('responseMode');
  });

  test.for(['query', 'query.jwt', 'fragment.jwt', 'form_post.jwt'])(
    'when the hybrid flow is to answer by %s',
    (responseMode) => {
      expect(refusalOf({ ...MINIMAL, responseType: 'code id_token', responseMode })).toBe('responseMode');
    },
  );

  test('when the registration scope has a query, and would share what is stored with the scope without', () => {
    expect(refusalOf({ ...MINIMAL, registrationScope: '/?app=a' })).toBe('registrationScope');
  });

  test('when the endpoints lie outside the registration scope', () => {
    const options = { registrationScope: '/app/', redirectUri: '/app/callback', endpointPath: '/auth' };

    expect(refusalOf({ ...MINIMAL, ...options })).toBe('endpointPath');
  });

  test.for(['https://other.example/', 'javascript:alert(1)', '//other.example/'])(
    'when sign-out would end at %s',
    (postLogoutRedirectUri) => {
      expect(refusalOf({ ...MINIMAL, postLogoutRedirectUri })).toBe('postLogoutRedirectUri');
    },
  );

  test.for<[what: string, scopes: readonly string[]]>([
    ['lack openid', ['offline_access']],
    ['are none', []],
    ['come twice', ['openid', 'openid']],
    ['hold a space', ['openid', 'notes read']],
    ['hold a quote', ['openid', 'notes"read']],
    ['hold a backslash', ['openid', String.raw`notes\read`]],
    ['hold a line break', ['openid', 'notes\n']],
  ])('when the scopes %s', ([, scopes]) => {
    expect(refusalOf({ ...MINIMAL, scopes })).toBe('scopes');
  });

  test.for([
    'client_id',
    'code_challenge',
    'code_challenge_method',
    'nonce',
    'redirect_uri',
    'request',
    'request_uri',
    'response_mode',
    'response_type',
    'scope',
    'state',
  ])('when it, or the page, would set the parameter %s, which the flow sets', (name) => {
    expect(refusalOf({ ...MINIMAL, authorizationParameters: { [name]: 'x' } })).toBe(`authorizationParameters.${name}`);
    expect(refusalOf({ ...MINIMAL, parametersFromPage: [name] })).toBe(`parametersFromPage.${name}`);
  });
});

describe('a protected resource is refused', () => {
  test.for<[what: string, url: string]>([
    ['http on another host', 'http://api.example'],
    ['of another scheme', 'wss://api.example'],
    ['of another scheme, on this machine', 'ws://localhost:4002'],
    ['a data URL', 'data:text/plain,x'],
    ['with a user', 'https://user:pass@api.example'],
    ['with a query', 'https://api.example/v1?key=1'],
    ['with a fragment', 'https://api.example/v1#top'],
  ])('when its URL is %s', ([, url]) => {
    expect(refusalOf({ ...MINIMAL, protectedResources: [{ url }] })).toBe('protectedResources[0].url');
  });

  test.for<[field: string, resource: object]>([
    ['protectedResources[0].path', { path: '/v1' }],
    ['protectedResources[0].methods', { methods: 'GET' }],
    ['protectedResources[0].methods', { methods: [7] }],
    ['protectedResources[0].methods', { methods: [''] }],
    ['protectedResources[0].methods', { methods: ['GET', 'GET'] }],
    ['protectedResources[0].methods', { methods: [] }],
    ['protectedResources[0].withoutSession', { withoutSession: 'redirect' }],
    ['protectedResources[0].resource', { resource: '' }],
    ['protectedResources[0].resource', { resource: '/notes' }],
    ['protectedResources[0].resource', { resource: 'https://api.example/#notes' }],
    ['protectedResources[0].resource', { resource: ['urn:a', 'urn:b'] }],
    ['protectedResources[0].audience', { audience: '' }],
    ['protectedResources[0].scopes', { scopes: 'notes:read' }],
    ['protectedResources[0].scopes', { scopes: ['notes read'] }],
    ['protectedResources[0].dpop', { dpop: 'required' }],
    ['protectedResources[0].exclude', { exclude: '/v1' }],
    ['protectedResources[0].exclude', { exclude: [''] }],
    ['protectedResources[0].exclude', { exclude: ['https://other.example/v1'] }],
    ['protectedResources[0].exclude', { exclude: ['x?y=1'] }],
    ['protectedResources[0].exclude', { exclude: ['x/*'] }],
    ['protectedResources[0].exclude', { exclude: ['/v1', '/v1'] }],
    ['protectedResources[0].exclude', { url: 'https://api.example/v1', exclude: ['/v2'] }],
    ['protectedResources[0].exclude', { url: 'https://api.example/v1', exclude: ['../x'] }],
    ['protectedResources[0].destinations', { destinations: 'image' }],
    ['protectedResources[0].destinations', { destinations: [''] }],
    ['protectedResources[0].destinations', { destinations: ['object'] }],
    ['protectedResources[0].destinations', { destinations: ['image', 'image'] }],
    ['protectedResources[0].destinations', { destinations: ['document'] }],
    ['protectedResources[0].destinations', { destinations: ['iframe'] }],
    ['protectedResources[0].ownAuthorization', { ownAuthorization: 'drop' }],
    ['protectedResources[0].redirects', { redirects: 'manual' }],
    ['protectedResources[0].replayLimitBytes', { replayLimitBytes: -1 }],
    ['protectedResources[0].replayLimitBytes', { replayLimitBytes: '1 MB' }],
    ['protectedResources[0].replayLimitBytes', { replayLimitBytes: Infinity }],
    ['protectedResources[0].renewOn', { renewOn: '401' }],
    ['protectedResources[0].renewOn', { renewOn: true }],
    ['protectedResources[0].renewOn', { renewOn: null }],
    ['protectedResources[0].claimsFromChallenge', { claimsFromChallenge: ['nbf'] }],
    ['protectedResources[0].claimsFromChallenge', { claimsFromChallenge: {} }],
    ['protectedResources[0].claimsFromChallenge', { claimsFromChallenge: { access_token: [] } }],
    ['protectedResources[0].claimsFromChallenge', { claimsFromChallenge: true }],
    ['protectedResources[0].claimsFromChallenge.access_token', { claimsFromChallenge: { access_token: 'nbf' } }],
    ['protectedResources[0].claimsFromChallenge.id_token', { claimsFromChallenge: { id_token: ['acr', 'acr'] } }],
    ['protectedResources[0].claimsFromChallenge.userinfo', { claimsFromChallenge: { userinfo: [''] } }],
    ['protectedResources[0].stepUpWaitSeconds', { stepUpWaitSeconds: -1 }],
    ['protectedResources[0].stepUpWaitSeconds', { stepUpWaitSeconds: 301 }],
    ['protectedResources[0].stepUpWaitSeconds', { stepUpWaitSeconds: '60' }],
    ['protectedResources[0].reflection', { reflection: true }],
    ['protectedResources[0].cache', { cache: 'default' }],
  ])('by the name of its field, as %s', ([field, resource]) => {
    expect(refusalOf({ ...MINIMAL, protectedResources: [{ url: 'https://api.example', ...resource }] })).toBe(field);
  });

  test.for<[what: string, first: object, second: object]>([
    ['the same', { url: 'https://api.example/v1' }, { url: 'https://api.example/v1' }],
    [
      'the same but for the case of the host and its default port',
      { url: 'https://api.example/' },
      { url: 'https://API.example:443' },
    ],
    ['above the other', { url: 'https://api.example/v1/notes' }, { url: 'https://api.example/v1' }],
    ['below the other', { url: 'https://api.example/' }, { url: 'https://api.example/v1' }],
    [
      'the same for one method',
      { url: 'https://api.example/', methods: ['GET', 'PUT'] },
      { url: 'https://api.example/', methods: ['put'] },
    ],
    [
      'the same where one takes every method',
      { url: 'https://api.example/', methods: ['GET'] },
      { url: 'https://api.example/' },
    ],
    [
      'below a path of the other that is excluded in part',
      { url: 'https://api.example/v1', exclude: ['admin/keys'] },
      { url: 'https://api.example/v1/admin' },
    ],
  ])('when it is %s: both would cover the same requests, and the message names both', ([, first, second]) => {
    const options = { ...MINIMAL, protectedResources: [first, second] };

    expect(refusalOf(options)).toBe('protectedResources[1]');
    expect(() => parseConfiguration(options, ORIGIN)).toThrow('"protectedResources[0]"');
  });

  test('when its path is a pattern, and this engine has no URLPattern, but not otherwise', () => {
    vi.stubGlobal('URLPattern', undefined);

    expect(refusalOf({ ...MINIMAL, protectedResources: [{ url: 'https://api.example/*' }] })).toBe(
      'protectedResources[0].url',
    );
    expect(refusalOf(MINIMAL)).toBeUndefined();
    vi.unstubAllGlobals();
  });

  test('but not when two share no request', () => {
    const protectedResources = [
      { url: 'https://api.example/v1' },
      { url: 'https://api.example/v10' },
      { url: 'https://api.example/v2', methods: ['GET'] },
      { url: 'https://api.example/v2', methods: ['PUT'], withoutSession: 'problem' },
      { url: 'https://api.example:8443/v1' },
      { url: 'https://api.example/v3', exclude: ['admin'] },
      { url: 'https://api.example/v3/admin', methods: ['GET'] },
    ];

    expect(parseConfiguration({ ...MINIMAL, protectedResources }, ORIGIN).protectedResources).toHaveLength(7);
  });

  test.for<[issuer: string, url: string]>([
    ['https://as.example', 'https://as.example/'],
    ['https://as.example/tenant', 'https://as.example/'],
    ['https://as.example/tenant', 'https://as.example/tenant'],
  ])('when it covers the authorization server: issuer %s, resource %s', ([issuer, url]) => {
    expect(refusalOf({ ...MINIMAL, issuer, protectedResources: [{ url }] })).toBe('protectedResources[0].url');
  });
});

describe('the configuration that was checked', () => {
  test('is frozen, all of it, defaults too', () => {
    const configurations = [
      parseConfiguration(MINIMAL, ORIGIN),
      parseConfiguration(
        {
          ...MINIMAL,
          scopes: ['openid'],
          authorizationParameters: { audience: 'urn:api' },
          parametersFromPage: ['login_hint'],
          protectedResources: [{ url: '/api', methods: ['GET'] }],
        },
        ORIGIN,
      ),
    ];

    expect(configurations.flatMap((configuration) => thawedPaths(configuration, 'configuration'))).toEqual([]);
  });

  test('does not change with the object that it was made of', () => {
    const resource = { url: 'https://api.example/v1', methods: ['GET'] };
    const options = {
      ...MINIMAL,
      scopes: ['openid'],
      protectedResources: [resource],
      authorizationParameters: { a: '1' },
    };
    const configuration = parseConfiguration(options, ORIGIN);

    options.scopes.push('admin');
    resource.url = 'https://evil.example';
    resource.methods.push('DELETE');
    options.protectedResources.push({ url: 'https://evil.example', methods: [] });
    options.authorizationParameters.a = '2';

    expect(configuration).toMatchObject({
      scopes: ['openid'],
      protectedResources: [{ origin: 'https://api.example', path: '/v1' }],
      authorizationParameters: { a: '1' },
    });
    expect(configuration.protectedResources).toHaveLength(1);
    expect([...(configuration.protectedResources[0]?.methods ?? [])]).toEqual(['GET']);
  });
});

/** The field that a refusal names. It must say what to do, and not repeat what stood there. */
function refusalOf(options: unknown): string | undefined {
  try {
    parseConfiguration(options, ORIGIN);
  } catch (error) {
    if (!isTokenwardError(error)) throw error;
    expect(error.code).toBe('configuration_invalid');
    expect(error.message).toContain('Correct it where you configure Tokenward.');
    expect(error.message).not.toContain('hush');
    return /"(?:options\.)?([^"]+)"(?: must be | is missing\.|; )/.exec(error.message)?.[1];
  }
  return undefined;
}

/** Objects and lists that are not frozen. A URL and a Set cannot be, and are not handed out. */
function thawedPaths(value: unknown, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null || value instanceof URL || value instanceof Set) return [];
  const below = Object.entries(value).flatMap(([name, item]) => thawedPaths(item, `${path}.${name}`));
  return Object.isFrozen(value) ? below : [path, ...below];
}

describe('the callback path', () => {
  const callbackOf = (options: object): unknown => {
    const { endpoints, redirectUri, responseDelivery } = parseConfiguration({ ...MINIMAL, ...options }, ORIGIN);
    return [redirectUri, endpoints.callback, responseDelivery];
  };

  test.for<[redirectUri: string, options?: object]>([
    ['https://signin.app.example/'],
    ['https://signin.app.example/callback'],
    ['https://app.example:8443/auth/callback'],
    ['http://localhost:4181/'],
    ['https://signin.app.example/auth/login'],
  ])("is the worker's own where the redirect URI is on another origin: %s", ([redirectUri]) => {
    expect(callbackOf({ redirectUri })).toEqual([redirectUri, '/auth/callback', 'form']);
    expect(callbackOf({ redirectUri, endpointPath: '/session' })).toEqual([redirectUri, '/session/callback', 'form']);
  });

  test('is the path of the redirect URI on the own origin, and takes a form with form_post', () => {
    const redirectUri = 'https://app.example/signed-in';

    expect(callbackOf({ redirectUri })).toEqual([redirectUri, '/signed-in', 'url']);
    expect(callbackOf({ redirectUri, responseMode: 'form_post' })).toEqual([redirectUri, '/signed-in', 'form']);
    expect(callbackOf({ redirectUri, responseMode: 'form_post.jwt' })).toEqual([redirectUri, '/signed-in', 'form']);
  });
});

describe('the path of the app', () => {
  const parse = (options: object) =>
    parseConfiguration(
      {
        issuer: 'https://login.example',
        clientId: 'spa',
        protectedResources: [{ url: 'https://api.example' }],
        ...options,
      },
      'https://app.example',
    );

  test('determines scope, endpoints, redirect URI and the end of a sign-out', () => {
    expect(parse({ base: '/app/' })).toMatchObject({
      base: '/app/',
      registrationScope: 'https://app.example/app/',
      redirectUri: 'https://app.example/app/auth/callback',
      postLogoutRedirectUri: 'https://app.example/app/',
      endpoints: { login: '/app/auth/login', callback: '/app/auth/callback' },
    });
  });

  test('does not change values that are configured themselves', () => {
    const single = { endpointPath: '/app/session', postLogoutRedirectUri: '/', registrationScope: '/' };

    expect(parse({ base: '/app/', ...single })).toMatchObject({
      registrationScope: 'https://app.example/',
      redirectUri: 'https://app.example/app/session/callback',
      postLogoutRedirectUri: 'https://app.example/',
    });
  });

  test.for(['/app', 'https://other.example/app/', '/app/?x', '', 5])('is refused when it is %s', (base) => {
    expect(() => parse({ base })).toThrow(/"base" must be/);
  });
});

describe('the authorization server', () => {
  const parse = (authorizationServer: unknown, rest: object = {}) =>
    parseConfiguration({ ...MINIMAL, ...rest, authorizationServer }, ORIGIN).authorizationServer;
  const ENDPOINTS = {
    authorization_endpoint: 'https://as.example/authorize?p=signin',
    token_endpoint: 'https://as.example/token',
    jwks_uri: 'https://as.example/jwks',
  };

  test.for([
    ['{issuer}/.well-known/openid-configuration', {}, 'https://as.example/.well-known/openid-configuration'],
    ['what the configuration names', { metadataUrl: 'https://m.example/x?p=1' }, 'https://m.example/x?p=1'],
    ['that too beside all members', { metadataUrl: 'https://m.example/x', metadata: ENDPOINTS }, 'https://m.example/x'],
    ['none if the members are sufficient', { metadata: ENDPOINTS }, undefined],
    [
      'the default if one of them is missing',
      { metadata: { ...ENDPOINTS, jwks_uri: undefined } },
      'https://as.example/.well-known/openid-configuration',
    ],
  ] as const)('has as the URL of its metadata %s', ([, options, metadataUrl]) => {
    expect(parse(options)).toMatchObject({ issuer: 'https://as.example', metadataUrl });
  });

  test('keeps a slash at the end of the issuer, or its absence', () => {
    expect(parse({}, { issuer: 'https://as.example/x/' })).toMatchObject({
      issuer: 'https://as.example/x/',
      metadataUrl: 'https://as.example/x/.well-known/openid-configuration',
    });
  });

  test.for<[what: string, options: unknown, field: string]>([
    ['a list', ['https://as.example'], 'authorizationServer'],
    ['an unknown option', { url: 'https://as.example' }, 'authorizationServer.url'],
    ['a misspelt member', { metadata: { token_endpont: 'https://as.example' } }, 'token_endpoint'],
    ['another issuer among the members', { metadata: { issuer: 'https://as.evil.test' } }, 'metadata.issuer'],
    ['an endpoint without TLS', { metadata: { token_endpoint: 'http://as.example/token' } }, 'token_endpoint'],
    ['a loopback endpoint of another issuer', { metadata: { token_endpoint: 'http://localhost/t' } }, 'token_endpoint'],
    ['a script', { metadata: { authorization_endpoint: 'javascript:alert(1)' } }, 'authorization_endpoint'],
    ['data', { metadata: { end_session_endpoint: 'data:text/html,x' } }, 'end_session_endpoint'],
    ['a path', { metadata: { jwks_uri: '/jwks' } }, 'jwks_uri'],
    ['a fragment', { metadataUrl: 'https://as.example/x#y' }, 'authorizationServer.metadataUrl'],
    ['an empty fragment', { metadataUrl: 'https://as.example/x#' }, 'authorizationServer.metadataUrl'],
    ['a user', { metadataUrl: 'https://me@as.example/x' }, 'authorizationServer.metadataUrl'],
    [
      'less protection against a mix-up',
      { metadata: { authorization_response_iss_parameter_supported: false } },
      'authorization_response_iss_parameter_supported" must be true',
    ],
    [
      'requests that are not pushed',
      { metadata: { require_pushed_authorization_requests: false } },
      'require_pushed_authorization_requests" must be true',
    ],
    ['an algorithm that is no text', { metadata: { id_token_signing_alg_values_supported: [1] } }, '_alg_values_'],
  ])('cannot be described by %s', ([, options, field]) => {
    expect(() => parse(options)).toThrow(field);
  });

  test('may be on this machine without TLS if its issuer is', () => {
    const options = { metadata: { token_endpoint: 'http://localhost:9000/token' } };

    expect(parse(options, { issuer: 'http://localhost:9000' })?.metadata.token_endpoint).toBe(
      'http://localhost:9000/token',
    );
  });

  test.for([
    'token_endpoint',
    'authorization_endpoint',
    'revocation_endpoint',
    'pushed_authorization_request_endpoint',
  ])('has no %s that a protected resource covers', (name) => {
    expect(() => parse({ metadata: { [name]: 'https://api.example/v1/auth/x' } })).toThrow('protectedResources[0].url');
  });

  test.for(['userinfo_endpoint', 'jwks_uri'])('may have a %s on the host of an API', (name) => {
    expect(parse({ metadata: { [name]: 'https://api.example/v1/me' } })).toBeDefined();
  });

  test('is part of the fingerprint: sealed records of other endpoints do not open', () => {
    const configuration = (token_endpoint: string) =>
      parseConfiguration({ ...MINIMAL, authorizationServer: { metadata: { token_endpoint } } }, ORIGIN);
    const fingerprints = ['a', 'b'].map((path) => fingerprintOf(configuration(`https://as.example/${path}`)));

    expect(new Set(fingerprints).size).toBe(2);
  });
});

describe('a relay', () => {
  test('is below the path of the endpoints', () => {
    expect(parseConfiguration({ ...MINIMAL, relay: true }, ORIGIN).relay).toBe('/auth/relay');
    expect(parseConfiguration({ ...MINIMAL, relay: true, base: '/app/' }, ORIGIN).relay).toBe('/app/auth/relay');
  });

  test('leaves the fingerprint as it is where there is none', () => {
    const without = fingerprintOf(parseConfiguration(MINIMAL, ORIGIN));

    expect(fingerprintOf(parseConfiguration({ ...MINIMAL, relay: false }, ORIGIN))).toBe(without);
    expect(without).not.toContain('relay');
  });

  test('has its secret on the server: a configuration that holds it is refused, and the message does not repeat it', () => {
    const options = { ...MINIMAL, relay: { clientSecret: 'the-secret-of-this-client' } };

    expect(() => parseConfiguration(options, ORIGIN)).toThrow(/"relay" must be true or false: .*createTokenward\(\)/);
    expect(() => parseConfiguration(options, ORIGIN)).not.toThrow('the-secret-of-this-client');
  });
});
