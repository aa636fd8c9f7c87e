import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { judgeBase } from '../../src/cli/doctor/base.ts';
import { toConfiguration } from '../../src/cli/doctor/deployment.ts';
import { examine, type Examination } from '../../src/cli/doctor/examine.ts';
import { createSend } from '../../src/cli/doctor/probe.ts';
import { formatReport } from '../../src/cli/doctor/report.ts';
import { ROOT } from '../support/build.ts';
import { startExaminedDeployment, withoutLibrary, type ExaminedDeployment } from './examined-deployment.ts';
import { API_FAULTS } from './faults/api.ts';
import { SERVER_FAULTS } from './faults/authorization-server.ts';
import { CALLBACK_FAULTS } from './faults/callback.ts';
import { CONFIGURATION_FAULTS } from './faults/configuration.ts';
import { PAGE_FAULTS } from './faults/pages.ts';
import { WORKER_FAULTS } from './faults/worker-script.ts';

let deployment: ExaminedDeployment;

beforeAll(async () => {
  deployment = await startExaminedDeployment();
});

afterEach(() => {
  for (const front of Object.values(deployment.fronts)) front.alter();
  deployment.app.configure({ worker: {}, workerServing: 'sealed', workerScript: withoutLibrary, callback: 'document' });
});

afterAll(() => deployment.close());

function look(): Promise<Examination> {
  return examine({ url: deployment.fronts.app.origin }, { send: createSend(5000), progress: () => undefined });
}

/** What did not pass, as in the tables. */
function notPassed({ sections }: Examination): readonly string[] {
  return sections
    .flatMap(({ findings }) => findings)
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ verdict, check }) => `${verdict} ${check}`);
}

test('finds nothing wrong with a healthy deployment', async () => {
  const examination = await look();

  expect(notPassed(examination)).toEqual([]);
  expect(examination.sections.flatMap(({ findings }) => findings).length).toBeGreaterThan(75);
});

describe('an app with a relay', () => {
  const answers: Record<string, readonly [() => Response, readonly string[]]> = {
    'that asks for a proof': [() => new Response('{}', { status: 401, headers: { 'tokenward-relay': 'refused' } }), []],
    'that forwards what anybody posts': [
      () => Response.json({ error: 'invalid_grant' }, { status: 400 }),
      ['fail relay'],
    ],
    'that is not there': [() => new Response('the app'), ['fail relay']],
  };
  for (const [name, [answer, found]] of Object.entries(answers)) {
    test(`${name} needs no CORS at the token endpoint, and no public client`, async () => {
      const { app, authorizationServer } = deployment;
      authorizationServer.configure({ endpointCors: 'refused', clientSecret: 'a-secret' });
      app.configure({
        worker: { relay: true },
        workerConnections: ["'self'"],
        answerFirst: async ({ method, url }) =>
          method === 'POST' && url.endsWith('/auth/relay/token') ? answer() : undefined,
      });
      const examination = await look();
      authorizationServer.configure({ endpointCors: 'allowed', clientSecret: undefined });
      app.configure({ workerConnections: [], answerFirst: async () => undefined });

      // This server asks confidential clients for no PKCE.
      expect(notPassed(examination)).toEqual([...found, 'warn authorization-pkce']);
    });
  }
});

test('names the relay where the server has no public clients, and no CORS at its endpoints', async () => {
  deployment.fronts.authorizationServer.alter((answer, { method, path }) => {
    if (method === 'POST') {
      answer.headers.delete('access-control-allow-origin');
      answer.body = JSON.stringify({ error: 'invalid_client' });
    } else if (path.endsWith('/openid-configuration')) {
      const methods = { token_endpoint_auth_methods_supported: ['client_secret_basic'] };
      answer.body = JSON.stringify({ ...JSON.parse(answer.body), ...methods });
    }
  });
  const { sections } = await look();

  const findings = sections.flatMap((section) => section.findings).filter(({ verdict }) => verdict !== 'pass');
  expect(findings.map(({ check }) => check)).toEqual([
    'metadata-public-client',
    'cors-token-endpoint',
    'token-client',
    'cors-other-endpoints',
  ]);
  for (const { fix } of findings) expect(fix).toContain('the option "relay"');
});

test.for<[what: string, path: string, headers: Readonly<Record<string, string>>, found: readonly string[]]>([
  ['in a folder of its own', '/push/sw.js', {}, []],
  ['that may leave its folder', '/push/sw.js', { 'service-worker-allowed': '/' }, ['fail other-workers-named']],
  ['beside the worker', '/push-sw.js', {}, ['fail other-workers-named']],
  ['that is refused', '/other/sw.js', {}, ['fail other-workers-named']],
])('checks another service worker %s', async ([, path, headers, found]) => {
  const { origin, alter } = deployment.fronts.app;
  alter((answer, request) => {
    if (!request.path.startsWith('/push') || request.headers['sec-fetch-dest'] !== 'serviceworker') return;
    answer.status = 200;
    for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
  });

  const surroundings = { send: createSend(5000), progress: () => undefined };
  const examination = await examine({ url: origin, otherWorker: [path] }, surroundings);

  expect(notPassed(examination)).toEqual(found);
});

test('knows the path of the app, by the worker script and by the command line', () => {
  const origin = 'https://app.example';
  const below = { endpointPath: '/app/auth', registrationScope: '/app/', redirectUri: `${origin}/app/auth/callback` };

  expect(toConfiguration(new Map([['base', '/app/']]), origin, {})).toMatchObject(below);
  expect(toConfiguration(new Map([['base', undefined]]), origin, { base: '/app/' })).toMatchObject({
    ...below,
    unread: [],
  });
});

test('finds a page that the scope of the worker does not cover', () => {
  const origin = 'https://app.example';
  const configuration = toConfiguration(new Map([['base', '/app/']]), origin, {});
  const examined = {
    page: `${origin}/`,
    origin,
    workerUrl: `${origin}/app/tokenward-sw.js`,
    otherWorkers: [],
    hasGate: true,
    configuration,
    metadata: {},
  };

  expect(judgeBase(examined)).toMatchObject({
    verdict: 'fail',
    found: expect.stringContaining('/ is outside of /app/'),
  });
  expect(judgeBase({ ...examined, page: `${origin}/app/` })).toMatchObject({ verdict: 'pass' });
});

test('reads the configuration as the worker does, but for what a script computes', () => {
  const origin = 'https://app.example';
  const members = new Map<string, unknown>([
    ['issuer', 'https://as.example'],
    ['clientId', 'spa'],
    ['protectedResources', [{ url: '/api/:version/*', scopes: ['notes:read'] }, { url: undefined }]],
    ['dpop', 'required'],
  ]);

  expect(toConfiguration(members, origin, {})).toMatchObject({
    mistake: undefined,
    resources: [{ url: `${origin}/api/`, isBound: true }],
    scopes: ['openid', 'offline_access', 'notes:read'],
    unread: ['protectedResources'],
  });
});

test.for<[what: string, options: object, expected: object]>([
  ['the issuer', {}, { metadataUrl: 'https://as.example/.well-known/openid-configuration', namedMetadata: {} }],
  [
    'a URL of its own, and members',
    { authorizationServer: { metadataUrl: 'https://m.example/x', metadata: { jwks_uri: 'https://k.example/jwks' } } },
    { metadataUrl: 'https://m.example/x', namedMetadata: { jwks_uri: 'https://k.example/jwks' } },
  ],
  [
    'members alone',
    {
      openid: false,
      authorizationServer: {
        metadata: { authorization_endpoint: 'https://as.example/a', token_endpoint: 'https://as.example/t' },
      },
    },
    { metadataUrl: undefined, namedMetadata: { token_endpoint: 'https://as.example/t' } },
  ],
  [
    'an issuer that the worker refuses',
    { issuer: 'http://as.example' },
    { metadataUrl: 'http://as.example/.well-known/openid-configuration' },
  ],
])('reads the metadata where the worker does: by %s', ([, options, expected]) => {
  const members = new Map<string, unknown>(
    Object.entries({
      issuer: 'https://as.example',
      clientId: 'spa',
      protectedResources: [{ url: '/api' }],
      ...options,
    }),
  );

  expect(toConfiguration(members, 'https://app.example', {})).toMatchObject(expected);
});

test.for<[what: string, member: string, value: unknown, mistake: string]>([
  ['is misspelt', 'clientID', 'spa', 'clientID'],
  ['is no choice', 'responseMode', 'post', 'responseMode'],
  ['is out of range', 'requestTimeoutMs', 5, 'requestTimeoutMs'],
  ['is not https', 'issuer', 'http://as.example', 'issuer'],
  ['is beside the scope', 'registrationScope', '/app/', 'scope'],
])('names an option that %s, and examines the rest', ([, member, value, mistake]) => {
  const members = new Map<string, unknown>([
    ['clientId', 'spa'],
    ['protectedResources', [{ url: 'https://api.example/v1' }]],
    [member, value],
  ]);

  const configuration = toConfiguration(members, 'https://app.example', {});

  expect(configuration.mistake).toContain(mistake);
  expect(configuration.resources).toMatchObject([{ url: 'https://api.example/v1' }]);
});

test('allows errors and redirects to forbid what only a page needs, as those of Express do', async () => {
  deployment.fronts.app.alter((answer, { path }) => {
    const isMoved = path === '/index.html';
    if (!isMoved && !path.startsWith('/tokenward-doctor')) return;
    if (isMoved) {
      answer.status = 301;
      answer.headers.set('location', '/');
    }
    const own = answer.headers.get('content-security-policy') ?? [];
    answer.headers.set('content-security-policy', ["default-src 'none'", ...[own].flat()]);
  });

  const examination = await look();

  expect(notPassed(examination)).toEqual([]);
  const redirects = examination.sections
    .flatMap(({ findings }) => findings)
    .find(({ check }) => check === 'everywhere-redirects');
  expect(redirects?.found).toContain('/index.html (301)');
});

test('makes the checks that the documentation names, in that order', async () => {
  const [, documentation = ''] = readFileSync(join(ROOT, 'docs/cli.md'), 'utf8').split('\n## doctor\n');
  const rows = [...documentation.matchAll(/^\| ([^|]+) \| ((?:`[\w-]+` ?)+) \|$/gm)];
  const documented = rows.map(([, title, checks = '']) => [title, checks.match(/[\w-]+/g)]);

  const examination = await look();

  const made = examination.sections.map(({ title, findings }) => [
    title,
    [...new Set(findings.map(({ check }) => check))],
  ]);
  // The first is for https only, the second for the folder of an app.
  const others: readonly unknown[] = ['page-transport', 'configuration-deployed'];
  const listed = documented.map(([title, checks]) => [title, [checks].flat().filter((name) => !others.includes(name))]);
  expect(made).toEqual(listed);
});

test('sends no secret, no token, no cookie, and nothing that a server gave it', async () => {
  const given: string[] = [];
  deployment.fronts.app.alter(({ headers, body }) => {
    headers.set('set-cookie', 'session=given-by-the-app');
    given.push(...(/__tokenwardSecret="([^"]*)"/.exec(body)?.slice(1) ?? []));
  });
  const before = Object.values(deployment.fronts).map(({ requests }) => requests.length);

  await look();

  const sent = Object.values(deployment.fronts).flatMap(({ requests }, index) => requests.slice(before[index]));
  expect(given.length).toBeGreaterThan(3);
  expect(sent.length).toBeGreaterThan(50);
  for (const { headers } of sent) expect(Object.keys(headers)).not.toContain('authorization');
  for (const { headers } of sent) expect(Object.keys(headers)).not.toContain('cookie');
  const text = JSON.stringify(sent);
  expect(given.filter((secret) => text.includes(secret))).toEqual([]);
  expect(text).not.toContain('given-by-the-app');
  expect(text).not.toContain('code_verifier');
});

test('passes no control characters of a server to the terminal', async () => {
  deployment.fronts.app.alter(({ headers }, { path }) => {
    if (path === '/') headers.set('cross-origin-opener-policy', 'unsafe\u009B31m');
  });

  const report = formatReport(await look(), process.stdout);

  // oxlint-disable-next-line no-control-regex
  expect(stripVTControlCharacters(report)).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
  expect(report).toContain('Cross-Origin-Opener-Policy is unsafe');
});

describe.each([
  ['the worker script', WORKER_FAULTS],
  ['the redirect URI', CALLBACK_FAULTS],
  ['pages, files and errors', PAGE_FAULTS],
  ['the configuration', CONFIGURATION_FAULTS],
  ['the authorization server', SERVER_FAULTS],
  ['the API', API_FAULTS],
])('a fault of %s', (_, faults) => {
  for (const [name, plant, ...expected] of faults) {
    test(`is found: ${name}`, async () => {
      plant(deployment);

      const examination = await look();

      expect(notPassed(examination)).toEqual(expected);
    });
  }
});
