import { describe, expect, test } from 'vitest';
import {
  createSecurityPolicy,
  createTokenwardHandler,
  withSecurityHeaders,
  type SecurityPolicyOptions,
} from '../../src/server/index.ts';
import { BY_BROWSER, DEPLOYMENT, request } from './deployment.ts';

const POLICY =
  "frame-src 'none'; object-src 'none'; base-uri 'self'; form-action 'self'; " +
  "worker-src 'self'; connect-src 'self' https://api.example/v1 https://api.example/v1/";

function headersWith(options: Partial<SecurityPolicyOptions> = {}, response: Response = new Response('')): Headers {
  return withSecurityHeaders(response, createSecurityPolicy({ ...DEPLOYMENT, ...options })).headers;
}

function policyWith(options: Partial<SecurityPolicyOptions>): string {
  return headersWith(options).get('content-security-policy') ?? '';
}

describe('the policy', () => {
  test('keeps pages from the authorization server, and leaves other service workers to the gate', () => {
    const headers = headersWith();

    expect(headers.get('content-security-policy')).toBe(POLICY);
    expect(headers.get('content-security-policy')).not.toContain('login.example');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('allows what the app names for connections, frames and workers', () => {
    const policy = policyWith({
      connections: ['https://*.metrics.example', 'wss://live.example/socket/', 'blob:'],
      frames: ["'self'", 'https://video.example'],
      workers: ['blob:', '/assets/'],
    });

    expect(policy).toContain("frame-src 'self' https://video.example;");
    expect(policy).toContain(' https://*.metrics.example wss://live.example/socket/ blob:');
    expect(policy).toContain("worker-src 'self' blob: https://app.example/assets/;");
  });

  test('allows what the app names for forms, plug-ins, pop-ups and other workers', () => {
    const headers = headersWith({
      forms: ['https://bank.example'],
      objects: ["'self'", 'blob:'],
      baseUri: 'none',
      popups: 'keep',
      otherWorkers: ['/push/messaging-sw.js'],
    });

    const policy = headers.get('content-security-policy');
    expect(policy).toContain("form-action 'self' https://bank.example;");
    expect(policy).toContain("object-src 'self' blob:;");
    expect(policy).toContain("base-uri 'none';");
    expect(policy).toContain("worker-src 'self';");
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin-allow-popups');
  });

  test('allows dedicated workers of the origin without an entry, and names each worker if the gate is missing', () => {
    const named = 'https://app.example/tokenward-sw.js https://app.example/push/messaging-sw.js blob:';
    const options = { gate: 'missing', workers: ['blob:'], otherWorkers: ['/push/messaging-sw.js'] } as const;
    const redirectUri = 'https://signin.app.example/';

    expect(policyWith({ gate: 'present' })).toBe(POLICY);
    expect(policyWith(options)).toContain(`; worker-src ${named}; `);
    expect(policyWith({ ...options, redirectUri })).toBe(`worker-src ${named}`);
    expect(policyWith({ gate: 'missing', redirectUri })).toBe('worker-src https://app.example/tokenward-sw.js');
  });

  test.each(['https://signin.app.example/', 'https://app.example:8443/auth/callback', 'http://localhost:5174/'])(
    'is minimal with an isolated callback at %s',
    (redirectUri) => {
      const headers = headersWith({ redirectUri });

      expect(Object.fromEntries(headers)).toEqual({
        'content-type': 'text/plain;charset=UTF-8',
        vary: 'Sec-Fetch-Dest',
      });
      expect(headersWith({ redirectUri, workers: [] }).get('content-security-policy')).toBe("worker-src 'self'");
      expect(headersWith({ redirectUri, level: 'strict' }).get('content-security-policy')).toBe(POLICY);
    },
  );

  test.each(['/auth/callback', 'https://app.example/signed-in', undefined])(
    'is strict with a callback on the origin of the app, and refuses to be minimal: %s',
    (redirectUri) => {
      const options = redirectUri === undefined ? {} : { redirectUri };

      expect(policyWith(options)).toBe(POLICY);
      expect(() => createSecurityPolicy({ ...DEPLOYMENT, ...options, level: 'minimal' })).toThrow(/level.*isolated/);
    },
  );

  test.each([
    ['baseUri', 'any'],
    ['callback', 'page'],
    ['level', 'none'],
    ['mode', 'off'],
    ['popups', 'allow'],
    ['authorizationServerPaths', true],
  ])('is not made with an option that is misspelt: %s', (name, value) => {
    for (const create of [createSecurityPolicy, createTokenwardHandler]) {
      expect(() => create(JSON.parse(JSON.stringify({ ...DEPLOYMENT, [name]: value })))).toThrow(`${name} must be`);
    }
  });

  test('cannot be widened by what stands in a URL', () => {
    const policy = policyWith({ connections: ["https://cdn.example/a;script-src,'unsafe-eval'"] });

    expect(policy.split(';')).toHaveLength(POLICY.split(';').length);
    expect(policy).not.toContain(',');
    expect(policy).toContain("https://cdn.example/a%3Bscript-src%2C'unsafe-eval'");
  });

  test('allows an API beside the authorization server by its path alone, if the option says so', () => {
    const policy = policyWith({
      protectedResources: ['https://login.example/userinfo'],
      authorizationServerPaths: 'allow',
    });

    expect(policy).toContain("connect-src 'self' https://login.example/userinfo https://login.example/userinfo/");
  });

  test.each([
    ['https://api.example/users/:id/notes', "'self' https://api.example/users/"],
    ['https://api.example/v1/*.json', "'self' https://api.example/v1/"],
    ['https://api.example/:tenant', "'self' https://api.example"],
    ['/users/:id?', "'self'"],
    ['/api', "'self'"],
  ])('allows what lies below the literal part of %s', (url, sources) => {
    expect(policyWith({ protectedResources: [url] })).toMatch(new RegExp(`connect-src ${sources}$`));
  });

  test.each([
    ['connections', { connections: ['https://login.example'] }],
    ['connections', { connections: ['https://*.example'] }],
    ['connections', { protectedResources: ['https://login.example'] }],
    ['connections', { protectedResources: ['https://login.example/:realm/users'] }],
    ['connections', { protectedResources: ['https://login.example/userinfo'] }],
    ['connections', { connections: ['https://*.example/metrics/'] }],
    ['connections', { connections: ['https://login.example'], authorizationServerPaths: 'allow' }],
    ['connections', { protectedResources: ['https://login.example/:realm'], authorizationServerPaths: 'allow' }],
    ['frames', { frames: ['https://login.example'] }],
    ['frames', { frames: ['https://login.example/widget'], authorizationServerPaths: 'allow' }],
    ['frames', { frames: ['https://*.example'] }],
    ['forms', { forms: ['https://login.example'] }],
    ['objects', { objects: ['https://*.example'] }],
    ['origin', { origin: 'https://login.example' }],
  ] as const)('refuses to allow the authorization server by %s', (option, options) => {
    expect(() => createSecurityPolicy({ ...DEPLOYMENT, ...options })).toThrow(TypeError);
    expect(() => createSecurityPolicy({ ...DEPLOYMENT, ...options })).toThrow(`${option} allows pages to reach`);
  });

  test.each([
    ['origin', { origin: 'app.example' }],
    ['worker.path', { worker: { path: 'sw.js' } }],
    ['connections', { connections: ['*'] }],
    ['frames', { frames: ['https:'] }],
    ['workers', { workers: ["'unsafe-inline'"] }],
  ])('names the option that is wrong: %s', (name, options) => {
    expect(() => createSecurityPolicy({ ...DEPLOYMENT, ...options })).toThrow(TypeError);
    expect(() => createSecurityPolicy({ ...DEPLOYMENT, ...options })).toThrow(name);
  });

  test.each([
    ['protectedResource', { ...DEPLOYMENT, protectedResource: [] }],
    ['protectedResources', { ...DEPLOYMENT, protectedResources: [{ url: 'https://api.example' }] }],
    ['authorizationServers', { ...DEPLOYMENT, authorizationServers: undefined }],
    ['workerConnections', { ...DEPLOYMENT, workerConnections: 'https://cdn.example' }],
    ['worker', { ...DEPLOYMENT, worker: '/tokenward-sw.js' }],
    ['an object with authorizationServers', null],
  ])('names the option that JavaScript got wrong: %s', (name, options) => {
    for (const create of [createSecurityPolicy, createTokenwardHandler]) {
      expect(() => create(JSON.parse(JSON.stringify(options)))).toThrow(TypeError);
      expect(() => create(JSON.parse(JSON.stringify(options)))).toThrow(name);
    }
  });

  test('only reports if the option says so', () => {
    const headers = headersWith({ mode: 'report', reportUrl: '/csp-reports?app=spa' });

    expect(headers.get('content-security-policy')).toBeNull();
    expect(headers.get('cross-origin-opener-policy')).toBeNull();
    expect(headers.get('x-content-type-options')).toBeNull();
    expect(headers.get('content-security-policy-report-only')).toBe(
      `${POLICY}; report-uri https://app.example/csp-reports?app=spa`,
    );
    expect(headers.get('cross-origin-opener-policy-report-only')).toBe('same-origin; report-to="tokenward"');
    expect(headers.get('reporting-endpoints')).toBe('tokenward="https://app.example/csp-reports?app=spa"');
  });

  test('only says it in the console where no URL gets reports, and leaves the endpoints of the app as they are', () => {
    const own = new Response('', { headers: { 'reporting-endpoints': 'app="https://app.example/reports"' } });
    const silent = headersWith({ mode: 'report' }, own);
    const telling = headersWith({ mode: 'report', reportUrl: '/csp-reports' }, own);

    expect(silent.get('content-security-policy-report-only')).toBe(POLICY);
    expect(silent.get('cross-origin-opener-policy-report-only')).toBe('same-origin');
    expect(silent.get('reporting-endpoints')).toBe('app="https://app.example/reports"');
    expect(telling.get('reporting-endpoints')).toBe(
      'app="https://app.example/reports", tokenward="https://app.example/csp-reports"',
    );
  });
});

describe('a response of the app', () => {
  test('keeps its own policy beside ours, so that both are enforced', () => {
    const own = new Response('', { headers: { 'content-security-policy': "script-src 'self'" } });

    expect(headersWith({}, own).get('content-security-policy')).toBe(`script-src 'self', ${POLICY}`);
  });

  test.each([
    [undefined, 'Sec-Fetch-Dest'],
    ['Accept-Encoding', 'Accept-Encoding, Sec-Fetch-Dest'],
    ['Origin, sec-fetch-dest', 'Origin, sec-fetch-dest'],
    ['Sec-Fetch-Dest, Cookie', 'Sec-Fetch-Dest, Cookie'],
    ['Sec-Fetch-Destination', 'Sec-Fetch-Destination, Sec-Fetch-Dest'],
  ])('adds the gate to the Vary of the response: %s', (vary, expected) => {
    const headers: HeadersInit = vary === undefined ? {} : { vary };

    expect(headersWith({}, new Response('', { headers })).get('vary')).toBe(expected);
    expect(headersWith({ mode: 'report' }, new Response('', { headers })).get('vary')).toBe(expected);
  });

  test('has one opener policy, since two would be none', () => {
    const own = new Response('', { headers: { 'cross-origin-opener-policy': 'unsafe-none' } });

    expect(headersWith({}, own).get('cross-origin-opener-policy')).toBe('same-origin');
  });

  test('keeps status, body and its other headers', async () => {
    const own = new Response('gone', { status: 410, statusText: 'Gone', headers: { etag: '"a"' } });
    own.headers.append('set-cookie', 'a=1');
    own.headers.append('set-cookie', 'b=2');

    const secured = withSecurityHeaders(own, createSecurityPolicy(DEPLOYMENT));

    expect(secured.status).toBe(410);
    expect(secured.statusText).toBe('Gone');
    expect(secured.headers.get('etag')).toBe('"a"');
    expect(secured.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await secured.text()).toBe('gone');
  });

  test.each([
    ['a redirect', () => Response.redirect('https://app.example/next', 303)],
    ['an empty response', () => new Response(null, { status: 204 })],
    ['an unchanged file', () => new Response(null, { status: 304 })],
  ])('is secured when it is %s', (_, create) => {
    const own = create();

    const secured = withSecurityHeaders(own, createSecurityPolicy(DEPLOYMENT));

    expect(secured.status).toBe(own.status);
    expect(secured.headers.get('location')).toBe(own.headers.get('location'));
    expect(secured.headers.get('content-security-policy')).toBe(POLICY);
  });

  test('passes as it is where it is no response proper', () => {
    const failed = Response.error();

    expect(withSecurityHeaders(failed, createSecurityPolicy(DEPLOYMENT))).toBe(failed);
  });

  test('streams on', async () => {
    let close = (): void => undefined;
    const endless = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('first'));
        close = () => controller.close();
      },
    });

    const secured = withSecurityHeaders(new Response(endless), createSecurityPolicy(DEPLOYMENT));
    const chunk = await secured.body?.getReader().read();

    expect(new TextDecoder().decode(chunk?.value)).toBe('first');
    close();
  });
});

describe('another service worker of the app', () => {
  const askFor = (path: string, otherWorkers: readonly string[]): Promise<Response | undefined> =>
    createTokenwardHandler({ ...DEPLOYMENT, otherWorkers })(request(path, BY_BROWSER));

  test('is left to the app where it is named, and refused otherwise', async () => {
    expect(await askFor('/push/messaging-sw.js', ['/push/messaging-sw.js'])).toBeUndefined();
    for (const path of ['/push/other.js', '/push/messaging-sw.js/', '/push//messaging-sw.js', '/messaging-sw.js']) {
      expect((await askFor(path, ['/push/messaging-sw.js']))?.status).toBe(403);
    }
  });

  test.for(['/messaging-sw.js', '/auth/sw.js', '/auth/../sw.js', '//sw.js', '/tokenward-sw.js'])(
    'is not allowed where it could control the callback, the endpoints or the worker: %s',
    (path) => {
      expect(() => createTokenwardHandler({ ...DEPLOYMENT, otherWorkers: [path] })).toThrow(/otherWorkers/);
    },
  );
});
