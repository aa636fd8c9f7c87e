import { describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { coversPath, mayLeaveItsFolder } from '../../src/configuration/path.ts';
import type { ProtectedResourceOptions } from '../../src/configuration/configuration.ts';
import { explainRequest } from '../../sw/fetch/explanation.ts';
import type { ProtectedResource } from '../../src/configuration/protected-resource.ts';
import { findProtectedResource, rejectsRequest, type RequestTraits } from '../../sw/fetch/protected-resource.ts';
import { processorMs } from '../support/processor-time.ts';

const { protectedResources } = parseConfiguration(
  {
    issuer: 'https://as.example',
    clientId: 'spa',
    protectedResources: [
      { url: 'https://api.example/v1' },
      { url: 'https://whole.example' },
      { url: 'https://read.example/notes', methods: ['get', 'HEAD', 'Report'] },
      { url: 'http://localhost:4002/api/' },
    ],
  },
  'https://app.example',
);

/** Whether a request gets the token. The URL is parsed as the browser parses it. */
function matches(
  url: string,
  request: Partial<RequestTraits> = {},
  resources: readonly ProtectedResource[] = protectedResources,
): boolean {
  return findProtectedResource(resources, traits(request), new URL(url)) !== undefined;
}

function traits(request: Partial<RequestTraits> = {}): RequestTraits {
  return { destination: '', method: 'GET', mode: 'cors', referrer: '', headers: new Headers(), ...request };
}

/** One resource, as an app configures it. */
function configured(...resources: readonly ProtectedResourceOptions[]): readonly ProtectedResource[] {
  const options = { issuer: 'https://as.example', clientId: 'spa', protectedResources: resources };
  return parseConfiguration(options, 'https://app.example').protectedResources;
}

describe('the token goes to', () => {
  test.for([
    'https://api.example/v1',
    'https://api.example/v1/',
    'https://api.example/v1?page=2',
    'https://api.example/v1/notes/7?x=..%2f..#top',
    'https://API.Example:443/v1/notes',
    'https://api.example/v2/../v1/notes',
    'https://api.example/v1/%6eotes',
    'https://api.example/v1/a..b/...',
    'https://api.example/v1/.well-known/x',
    'https://api.example/v1//notes',
    'https://whole.example',
    'https://whole.example/anything/at/all',
    'http://localhost:4002/api/',
    'http://localhost:4002/api/notes',
    'https://api.example/v1/เอกสาร',
    'https://api.example/v1/図.txt',
    'https://api.example/v1/Zoë/ﬁ?x=．．',
    'https://api.example/v1/a%20b/100%25',
    'https://api.example/v1/group%2Fproject',
    'https://api.example/v1/🎉',
    "https://api.example/v1/a'b(c)!~*+,=@:$&",
  ])('%s', (url) => {
    expect(matches(url)).toBe(true);
  });
});

describe('the token does not go to', () => {
  test.for<[what: string, url: string]>([
    ['an origin that has the API’s as its beginning', 'https://api.example.evil.test/v1'],
    ['an origin that has the API’s as its end', 'https://evilapi.example/v1'],
    ['a subdomain', 'https://x.api.example/v1'],
    ['the parent domain', 'https://example/v1'],
    ['a host with a dot at its end', 'https://api.example./v1'],
    ['a host with look-alike letters', 'https://аpi.example/v1'],
    ['another port', 'https://api.example:8443/v1'],
    ['a port that has the API’s as its beginning', 'http://localhost:40021/api/notes'],
    ['another name of the same machine', 'http://127.0.0.1:4002/api/notes'],
    ['another scheme', 'http://api.example/v1'],
    ['a WebSocket', 'wss://api.example/v1'],
    ['an origin that stands before an @', 'https://api.example@evil.test/v1'],
    ['an origin that stands before an @, path and all', 'https://api.example%2fv1@evil.test/v1'],
    ['an origin that stands before a backslash', 'https://evil.test\\@api.example/v1'],
    ['the API’s URL as a query', 'https://evil.test/?https://api.example/v1'],
    ['a blob of the API’s origin', 'blob:https://api.example/v1'],
    ['the authorization server', 'https://as.example/token'],
    ['the app itself', 'https://app.example/v1'],
  ])('%s', ([, url]) => {
    expect(matches(url)).toBe(false);
  });

  test.for<[what: string, url: string]>([
    ['a path above', 'https://api.example/'],
    ['a path beside', 'https://api.example/v2'],
    ['a path that only begins like it', 'https://api.example/v10'],
    ['a path that only begins like it, by another sign', 'https://api.example/v1;admin'],
    ['a path that only begins like it, encoded', 'https://api.example/v1%2fnotes'],
    ['a path in another case', 'https://api.example/V1/notes'],
    ['a path behind a second slash', 'https://api.example//v1'],
    ['a path without the configured slash', 'http://localhost:4002/api'],
    ['dot segments that the browser resolves', 'https://api.example/v1/../v2'],
    ['dot segments that the browser resolves, encoded', 'https://api.example/v1/%2e%2E/v2'],
    ['dot segments behind a backslash', 'https://api.example/v1\\..\\v2'],
    ['dot segments with an encoded slash', 'https://api.example/v1/..%2fv2'],
    ['dot segments between encoded slashes', 'https://api.example/v1/x%2f..%2f..%2fv2'],
    ['dot segments with an encoded backslash', 'https://api.example/v1/..%5cv2'],
    ['dot segments, encoded twice', 'https://api.example/v1/%252e%252e/v2'],
    ['dot segments, encoded twice, with a slash encoded twice', 'https://api.example/v1/%252e%252e%252fv2'],
    ['dot segments, one dot encoded twice', 'https://api.example/v1/.%252e/v2'],
    ['dot segments, encoded again and again', 'https://api.example/v1/%25252525252e%25252525252e/v2'],
    ['dot segments with a path parameter', 'https://api.example/v1/..;/v2'],
    ['dot segments with a path parameter, encoded', 'https://api.example/v1/..%3bx=1/v2'],
    ['dot segments before an encoded query', 'https://api.example/v1/..%3f/v2'],
    ['dot segments before an encoded fragment', 'https://api.example/v1/..%23/v2'],
    ['dot segments before a space', 'https://api.example/v1/..%20/v2'],
    ['dot segments before a zero, where some servers end', 'https://api.example/v1/..%00x/v2'],
    ['dot segments in more bytes than UTF-8 has for them', 'https://api.example/v1/%c0%ae%c0%ae/v2'],
    ['dot segments with a slash in more bytes than UTF-8 has for it', 'https://api.example/v1/..%C0%AFv2'],
    ['dot segments in three bytes, which UTF-8 has no use for', 'https://api.example/v1/%e0%80%ae%e0%80%ae/v2'],
    ['dot segments in four bytes, which UTF-8 has no use for', 'https://api.example/v1/%f0%80%80%ae%f0%80%80%ae/v2'],
    ['dot segments as numbers of Unicode', 'https://api.example/v1/%u002e%u002E/v2'],
    ['a slash as a number of Unicode', 'https://api.example/v1/..%u2215v2'],
    ['dot segments of full width', 'https://api.example/v1/．．/v2'],
    ['dot segments with a slash of full width', 'https://api.example/v1/..／v2'],
    ['dot segments of leaders', 'https://api.example/v1/․․/v2'],
    ['a dot segment of one two-dot leader', 'https://api.example/v1/‥/v2'],
    ['dot segments of small dots', 'https://api.example/v1/﹒﹒/v2'],
    ['dot segments with the slash of a fraction', 'https://api.example/v1/..⁄v2'],
    ['dot segments with the slash of a division', 'https://api.example/v1/..∕v2'],
    ['dot segments with the backslash of a set', 'https://api.example/v1/..∖v2'],
    ['a dot of full width in a name', 'https://api.example/v1/図．txt'],
    ['the slash of a fraction in a name', 'https://api.example/v1/1⁄2'],
    ['a fraction, which holds a slash once it is normalised', 'https://api.example/v1/..½v2'],
    ['a digit with a full stop, which holds a dot once it is normalised', 'https://api.example/v1/⒈'],
    ['a care-of sign, which holds a slash once it is normalised', 'https://api.example/v1/..℅v2'],
    ['a vertical ellipsis of presentation', 'https://api.example/v1/︙/v2'],
    ['dot segments with a soft hyphen, which is dropped', 'https://api.example/v1/.%C2%AD./v2'],
    ['dot segments with a zero-width space', 'https://api.example/v1/.%E2%80%8B./v2'],
    ['dot segments with a zero-width joiner', 'https://api.example/v1/..%E2%80%8D/v2'],
    ['dot segments with a mark of byte order', 'https://api.example/v1/%EF%BB%BF../v2'],
    ['dot segments with a selector of variation', 'https://api.example/v1/..%EF%B8%8F/v2'],
    ['dot segments with a filler', 'https://api.example/v1/..%E3%85%A4/v2'],
    ['dot segments behind a blank', 'https://api.example/v1/%20../v2'],
    ['dot segments between blanks', 'https://api.example/v1/%20..%20%20/v2'],
    ['dot segments behind a blank of no width to break', 'https://api.example/v1/%C2%A0../v2'],
    ['dot segments before an ideographic space', 'https://api.example/v1/..%E3%80%80/v2'],
    ['dot segments with a tab', 'https://api.example/v1/.%09./v2'],
    ['dot segments with a line break', 'https://api.example/v1/..%0d%0a/v2'],
    ['a control character of eight bits', 'https://api.example/v1/..%C2%85/v2'],
    ['a deletion', 'https://api.example/v1/..%7f/v2'],
    ['a blank before a name', 'https://api.example/v1/%20notes'],
    ['a blank behind a name', 'https://api.example/v1/notes%20/7'],
    ['dot segments with a stroke, which a server may take off', 'https://api.example/v1/.%CC%B8./v2'],
    ['a big slash', 'https://api.example/v1/..⧸v2'],
    ['bytes of another character set', 'https://api.example/v1/caf%e9'],
    ['half of a pair', 'https://api.example/v1/%ed%a0%80'],
    ['dot segments in bytes that UTF-8 never has', 'https://api.example/v1/%f8%80%80%80%ae%f8%80%80%80%ae/v2'],
    ['dot segments at the end', 'https://api.example/v1/..%2f'],
    ['one dot with a path parameter', 'https://api.example/v1/.;/notes'],
  ])('%s', ([, url]) => {
    expect(matches(url)).toBe(false);
  });

  test.for<[what: string, request: Partial<RequestTraits>]>([
    ['an image', { destination: 'image', mode: 'no-cors' }],
    ['an image that asks for CORS', { destination: 'image' }],
    ['a script', { destination: 'script' }],
    ['a navigation', { destination: 'document', mode: 'navigate' }],
    ['a frame', { destination: 'iframe', mode: 'navigate' }],
    ['a fetch in mode no-cors, such as a beacon', { mode: 'no-cors' }],
    ['a request with an Authorization header of its own', { headers: new Headers({ authorization: 'Basic YTpi' }) }],
  ])('%s at the API', ([, request]) => {
    expect(matches('https://api.example/v1/notes', request)).toBe(false);
  });

  test('a method that the configuration does not name', () => {
    const url = 'https://read.example/notes';

    const methods = ['GET', 'HEAD', 'REPORT', 'report', 'POST', 'DELETE', 'GETX', 'constructor'];

    expect(methods.filter((method) => matches(url, { method }))).toEqual(['GET', 'HEAD', 'REPORT', 'report']);
  });
});

describe('a destination that the configuration names', () => {
  const resources = configured({ url: 'https://api.example/v1', destinations: ['image', 'beacon'] });
  const url = 'https://api.example/v1/tile';

  test('gets the token, whatever its mode', () => {
    expect(matches(url, { destination: 'image', mode: 'no-cors' }, resources)).toBe(true);
    expect(matches(url, { destination: 'image' }, resources)).toBe(true);
    expect(matches(url, { mode: 'no-cors' }, resources)).toBe(true);
    expect(matches(url, {}, resources)).toBe(true);
  });

  test('is the only one besides script', () => {
    const others = ['script', 'style', 'document', 'iframe', 'worker', 'embed', 'object', 'manifest', 'report'];

    expect(others.filter((destination) => matches(url, { destination }, resources))).toEqual([]);
  });

  test.for<[what: string, referrer: string, expected: boolean]>([
    ['that begins in the app', 'https://app.example/list', true],
    ['of another site', 'https://evil.example/', false],
    ['of a site that has the app’s origin as its beginning', 'https://app.example.evil.test/', false],
    ['that was typed, or comes without a referrer', '', false],
    ['from a page that says nothing', 'about:client', false],
  ])('of a navigation %s: %s → %s', ([, referrer, expected]) => {
    const own = configured({ url: '/files', destinations: ['document', 'iframe'] });

    for (const destination of ['document', 'iframe']) {
      const navigation = { destination, mode: 'navigate', referrer };
      expect(matches('https://app.example/files/1', navigation, own)).toBe(expected);
    }
  });
});

describe('an excluded path', () => {
  const resources = configured({ url: 'https://api.example/v1', exclude: ['/v1/echo', 'public/'] });

  test.for([
    'echo',
    'echo/',
    'echo/deep',
    'ECHO',
    '%65cho',
    '%2565cho',
    '/echo',
    'echo;v=1',
    'echo%2fx',
    'echo%3fx',
    'echo%23/x',
    'echo%253fx',
    'public/x',
    'Public//x',
    'public%5Cx',
    'ech%C3%B6',
    'echo.',
    'echo%20',
    'echo.%20./x',
    'PUBL%C4%B1C/x',
    'publ%C4%B0c/x',
    'public%C2%AD/x',
    'p%EF%BD%95blic/x',
    'pub%E2%80%8Blic/x',
  ])('gets no token as /v1/%s either', (path) => {
    expect(matches(`https://api.example/v1/${path}`, {}, resources)).toBe(false);
  });

  test.for(['echoes', 'x/echo', 'public', 'notes'])('does not keep the token from /v1/%s', (path) => {
    expect(matches(`https://api.example/v1/${path}`, {}, resources)).toBe(true);
  });
});

describe('an Authorization header of the page’s own', () => {
  const own = traits({ headers: new Headers({ authorization: 'Basic YTpi' }) });
  const find = (ownAuthorization: 'keep' | 'replace' | 'reject'): ProtectedResource | undefined =>
    findProtectedResource(
      configured({ url: 'https://api.example', ownAuthorization }),
      own,
      new URL('https://api.example/x'),
    );

  test('prevents the token, or is replaced, or refused', () => {
    const [kept, replaced, rejected] = [find('keep'), find('replace'), find('reject')];

    expect(kept).toBeUndefined();
    expect(replaced && rejectsRequest(replaced, own)).toBe(false);
    expect(rejected && rejectsRequest(rejected, own)).toBe(true);
    expect(rejected && rejectsRequest(rejected, traits())).toBe(false);
  });

  const bring = (authorization: string): RequestTraits => traits({ headers: new Headers({ authorization }) });

  test.for(['Bearer tokenward-placeholder', 'bearer tokenward-placeholder', 'DPoP tokenward-placeholder'])(
    'is none where the placeholder stands in it: %s',
    (authorization) => {
      for (const ownAuthorization of ['keep', 'replace', 'reject'] as const) {
        const resources = configured({ url: 'https://api.example/v1', ownAuthorization });
        const [found] = resources;

        expect(matches('https://api.example/v1/notes', bring(authorization), resources)).toBe(true);
        expect(found && rejectsRequest(found, bring(authorization))).toBe(false);
      }
    },
  );

  test.for([
    'Basic tokenward-placeholder',
    'Bearer tokenward-placeholder2',
    'Bearer tokenward-placeholder, Bearer real',
    'Bearer real tokenward-placeholder',
    'tokenward-placeholder',
    '',
  ])('is one where it says anything else: "%s"', (authorization) => {
    expect(matches('https://api.example/v1/notes', bring(authorization))).toBe(false);
  });

  test('with the placeholder gets nothing anywhere else', () => {
    const placeholder = bring('Bearer tokenward-placeholder');

    const elsewhere = [
      'https://api.example.evil.test/v1/notes',
      'https://api.example/v2',
      'https://as.example/token',
      'https://app.example/v1',
    ];
    expect(elsewhere.filter((url) => matches(url, placeholder))).toEqual([]);
  });
});

describe('a path that stands in a header', () => {
  test.for([
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-Original-URI',
    'X-Original-Host',
    'X-Rewritten-URL',
    'Forwarded',
    'X-Forwarded-Host',
    'X-Forwarded-Prefix',
    'X-Forwarded-Path',
    'X-Forwarded-Uri',
    'X-Forwarded-Server',
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'X-Original-Path',
    'X-Rewrite-Path',
    'X_Original_URL',
    'X_FORWARDED_PREFIX',
    'X.Rewrite.URL',
    'X-Host',
    'X-HTTP-Host-Override',
    'X-Envoy-Original-Path',
    'X-Proxy-Url',
    'X-Base-Path',
    'X-Request-URI',
    'X-Path-Info',
    'X-Script-Name',
    'Destination',
  ])('cannot bypass the configured one: %s', (name) => {
    const headers = new Headers({ [name]: '/admin' });

    expect(matches('https://api.example/v1/notes', { headers })).toBe(false);
  });

  test.for([
    'X_Request_ID',
    'X-Request-ID',
    'X-Requested-With',
    'X-Real-IP',
    'X-Hostility',
    'Path2',
    'Origin',
    'X-Origin',
    'Accept',
  ])('is none of these: %s', (name) => {
    expect(matches('https://api.example/v1/notes', { headers: new Headers({ [name]: 'x' }) })).toBe(true);
  });
});

describe('a method that stands in a header', () => {
  test.for(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])(
    'cannot bypass the configured methods: %s',
    (name) => {
      const headers = new Headers({ [name]: 'DELETE' });

      expect(matches('https://read.example/notes', { headers })).toBe(false);
      expect(matches('https://api.example/v1/notes', { headers })).toBe(true);
    },
  );
});

describe('an explanation', () => {
  const resources = configured(
    { url: 'https://api.example/v1', methods: ['GET'], exclude: ['echo'] },
    {
      url: 'https://api.example/v1',
      methods: ['POST'],
      exclude: ['echo'],
      ownAuthorization: 'reject',
      withoutSession: 'problem',
    },
    { url: '/files', destinations: ['document'] },
  );
  const explain = (url: string, request: Partial<RequestTraits> = {}, isSignedIn = true): readonly unknown[] => {
    const { action, reason, rule } = explainRequest(resources, traits(request), { url: new URL(url), isSignedIn });
    return [action, reason, rule];
  };
  const authorization = { headers: new Headers({ authorization: 'x' }) };

  test.for<[url: string, request: Partial<RequestTraits>, explanation: readonly unknown[]]>([
    ['https://other.example/v1', {}, ['pass', 'other_origin', undefined]],
    ['https://api.example/', {}, ['pass', 'other_path', 'protectedResources[0]']],
    ['https://api.example/v1/..%2f', {}, ['pass', 'ambiguous_path', 'protectedResources[0]']],
    ['https://api.example/v1/echo', {}, ['pass', 'excluded_path', 'protectedResources[0]']],
    ['https://api.example/v1/notes', { method: 'PUT' }, ['pass', 'other_method', 'protectedResources[0]']],
    [
      'https://api.example/v1/notes',
      { destination: 'image', mode: 'no-cors' },
      ['pass', 'other_destination', 'protectedResources[0]'],
    ],
    [
      'https://app.example/files/1',
      { destination: 'document', mode: 'navigate' },
      ['pass', 'foreign_navigation', 'protectedResources[2]'],
    ],
    ['https://api.example/v1/notes', authorization, ['pass', 'own_authorization', 'protectedResources[0]']],
    [
      'https://api.example/v1/notes',
      { method: 'POST', ...authorization },
      ['answer', 'own_authorization', 'protectedResources[1]'],
    ],
    ['https://api.example/v1/notes', {}, ['authorize', 'covered', 'protectedResources[0]']],
    ['https://api.example/v1/notes', { method: 'post' }, ['authorize', 'covered', 'protectedResources[1]']],
  ])('of %s as %j', ([url, request, explanation]) => {
    expect(explain(url, request)).toEqual(explanation);
    // The same code decides.
    const acts = explanation[0] === 'authorize' || explanation[0] === 'answer';
    expect(matches(url, request, resources)).toBe(acts);
  });

  test('names the rule for renewals of a request that gets the token', () => {
    const rules = configured({ url: 'https://a.example' }, { url: 'https://b.example', renewOn: 'unauthorized' });
    const renewOnOf = (href: string, isSignedIn = true): unknown =>
      explainRequest(rules, traits({}), { url: new URL(href), isSignedIn }).renewOn;

    expect(renewOnOf('https://a.example/')).toBe('invalid_token');
    expect(renewOnOf('https://b.example/')).toBe('unauthorized');
    expect(renewOnOf('https://b.example/', false)).toBeUndefined();
  });

  test('says what happens while no user is signed in', () => {
    const url = 'https://api.example/v1/notes';

    expect(explain(url, {}, false)).toEqual(['pass', 'signed_out', 'protectedResources[0]']);
    expect(explain(url, { method: 'POST' }, false)).toEqual(['answer', 'signed_out', 'protectedResources[1]']);
  });
});

describe('a path covers', () => {
  test.for<[prefix: string, path: string]>([
    ['/', '/'],
    ['/', '/api'],
    ['/api', '/api'],
    ['/api', '/api/'],
    ['/api/', '/api/x'],
  ])('%s → %s', ([prefix, path]) => {
    expect(coversPath(prefix, path)).toBe(true);
  });

  test.for<[prefix: string, path: string]>([
    ['/api', '/apix'],
    ['/api', '/'],
    ['/api/', '/api'],
    ['/api/v1', '/api'],
    ['/api', '/API'],
  ])('not %s → %s', ([prefix, path]) => {
    expect(coversPath(prefix, path)).toBe(false);
  });
});

test('a path of great length, all of it encoded, is judged at once', () => {
  const judgedMs = processorMs(() => {
    expect(mayLeaveItsFolder(`/v1/${'%2525'.repeat(10_000)}`)).toBe(false);
    expect(mayLeaveItsFolder(`/v1/${'.'.repeat(10_000)}`)).toBe(false);
    expect(mayLeaveItsFolder(`/v1/${'/.;'.repeat(10_000)}x`)).toBe(true);
  });

  expect(judgedMs).toBeLessThan(1000);
});
