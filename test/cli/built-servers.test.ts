import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TokenwardConfig } from '../../src/configuration/app-configuration.ts';
import { type AppDeployment, deployApp } from '../../src/server/app-deployment.ts';
import { BY_BROWSER, splitSecret } from '../server/deployment.ts';
import { type RawRequest, type RawResponse, send } from '../server/http-client.ts';
import { siteOfApp, type SnippetServer, startApache, startCaddy, startNginx } from '../server/snippet-servers.ts';
import { buildIfNeeded } from '../support/build.ts';
import { buildFiles } from '../support/built-files.ts';

const SERVERS = { nginx: startNginx, caddy: startCaddy, apache: startApache } as const;

const BASIC = {
  origin: 'https://app.example',
  issuer: 'https://login.example',
  clientId: 'my-app',
  protectedResources: [{ url: 'https://api.example/v1' }],
} as const satisfies TokenwardConfig;

/** Configurations that change what is served, and where, in ways that the examples do not. */
const CONFIGURATIONS: Readonly<Record<string, TokenwardConfig>> = {
  'a path, another worker, and sources with characters of the servers': {
    ...BASIC,
    base: '/shop/',
    worker: { path: '/shop/js/worker.v1.js', connections: ["'self'"] },
    otherWorkers: ['/push/messaging-sw.js'],
    authorizationServers: ['https://keys.example'],
    pages: {
      connections: ['https://cdn.example/a%20b/$host/(c)'],
      frames: ['https://*.video.example'],
      popups: 'keep',
    },
  },
  'its own page at the callback, and a policy that only reports': {
    ...BASIC,
    callback: 'app',
    endpointPath: '/session-of.user',
    redirectUri: '/welcome-back',
    pages: { mode: 'report', reportUrl: '/reports?of={env.HOME}&by=$host&at=%25t' },
  },
  'an isolated callback': { ...BASIC, redirectUri: 'https://signin.app.example/' },
};

const COMPARED = [
  'cache-control',
  'content-security-policy',
  'content-security-policy-report-only',
  'content-type',
  'cross-origin-opener-policy',
  'cross-origin-opener-policy-report-only',
  'cross-origin-resource-policy',
  'referrer-policy',
  'reporting-endpoints',
  'service-worker-allowed',
  'vary',
  'x-content-type-options',
] as const;

/** Characters of URLs that a server would replace are percent-encoded, which is the same URL. */
const encode = (value: string): string => value.replaceAll('$', '%24').replaceAll('{', '%7B').replaceAll('}', '%7D');

const CASES = (['nginx', 'caddy', 'apache'] as const).flatMap((name) =>
  Object.keys(CONFIGURATIONS).map((kind) => [name, kind] as const),
);

/** Combines the rules of a `_headers` file for a path, as Cloudflare Pages does: values are joined, and "!" removes earlier ones. */
function headersFor(path: string, text: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const rule of text.split(/^(?=\/)/m)) {
    const [pattern = '', ...lines] = rule.split('\n');
    if (pattern !== path && pattern !== '/*') continue;
    for (const line of lines.map((one) => one.trim()).filter((one) => one !== '')) {
      const [, removed, name = '', value = ''] = /^(?:! (.+)|([^:]+): (.*))$/.exec(line) ?? [];
      if (removed === undefined)
        headers.set(name.toLowerCase(), [headers.get(name.toLowerCase()) ?? [], value].flat().join(', '));
      else headers.delete(removed.toLowerCase());
    }
  }
  return headers;
}

describe.each(Object.entries(CONFIGURATIONS))('the files for a host that only serves files, with %s,', (_, config) => {
  test('give the worker, the documents and the pages the headers of the handler', async () => {
    await buildIfNeeded();
    const { _headers: text = '', ...files } = await buildFiles('static', config);
    const deployment = deployApp(config, { workerScript: 'self.own = true;', gate: 'missing' });
    const { base, worker, login, callback } = deployment.addresses;

    const withTag = async (path: string, headers = {}): Promise<object> => {
      const response = await deployment.handler(new Request(`https://app.example${path}`, { headers }));
      const { etag: _tag, 'content-type': _type, ...others } = Object.fromEntries(response?.headers ?? []);
      return others;
    };
    const pages = Object.fromEntries(deployment.policy.headers.map(({ name, value }) => [name, value]));
    expect(Object.fromEntries(headersFor(`${base}any`, text))).toEqual(pages);
    expect(Object.fromEntries(headersFor(worker, text))).toMatchObject(await withTag(worker, BY_BROWSER));
    expect(Object.fromEntries(headersFor(login, text))).toMatchObject(await withTag(login));
    const documents = [worker, login, ...(config.callback === 'app' ? [] : [callback])];
    for (const path of documents) {
      const name = path.slice(base.length);
      expect(files[name] ?? files[`${name}.html`], name).toBeDefined();
    }
  });
});

describe.each(CASES)('the files for %s, for a configuration with %s,', (name, kind) => {
  const config: TokenwardConfig = CONFIGURATIONS[kind] ?? BASIC;
  const { base = '/' } = config;
  let server: SnippetServer;
  let deployment: AppDeployment;
  let written: Readonly<Record<string, string>>;

  beforeAll(async () => {
    await buildIfNeeded();
    written = await buildFiles(name, config);
    deployment = deployApp(config, { workerScript: written['tokenward-sw.js'] });
    server = await SERVERS[name](siteOfApp(name, 'app.example', written, base));
  }, 600_000);
  afterAll(() => server?.stop());

  /** The response of the handler, whose policy is added to those of the app. */
  const expected = async (path: string, { method = 'GET', headers = {} }: RawRequest = {}): Promise<object> => {
    const request = new Request(`https://app.example${path}`, { method, headers: { ...headers } });
    const response = await deployment.handler(request, deployment.policy);
    const lines = new Map(response?.headers ?? deployment.policy.headers.map((header) => [header.name, header.value]));
    return Object.fromEntries(COMPARED.map((header) => [header, [lines.get(header) ?? []].flat().map(encode)]));
  };
  const actual = (response: RawResponse): object =>
    Object.fromEntries(COMPARED.map((header) => [header, response.lines(header).map(encode)]));
  const ask = (path: string, request?: RawRequest): Promise<RawResponse> => send(server.origin + path, request);

  test('serve the worker with a secret and the headers of the handler', async () => {
    const { worker } = deployment.addresses;

    const response = await ask(worker, { headers: BY_BROWSER });

    expect(response.status).toBe(200);
    expect(splitSecret(response.body).script).toBe(splitSecret(`self.__tokenwardSecret="";${script()}`).script);
    expect(actual(response)).toEqual(await expected(worker, { headers: BY_BROWSER }));
  });

  test('refuse the worker to pages, and every other script as a worker but those that are named', async () => {
    const { worker, otherWorkers } = deployment.addresses;
    const asWorker = (path: string): Promise<RawResponse> => ask(path, { headers: BY_BROWSER });

    const refused = await Promise.all([
      ask(worker),
      asWorker(`${worker}?x`),
      asWorker('/push/other.js'),
      asWorker(base),
    ]);
    const other = await asWorker('/push/messaging-sw.js');

    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    for (const response of refused) expect(actual(response)).toEqual(await expected(worker));
    expect(other.status).toBe(otherWorkers.length === 0 ? 403 : 200);
  });

  test('answer at the endpoints as the handler does', async () => {
    const { login, logout, session } = deployment.addresses;

    for (const path of [login, `${logout}?x=1`, session]) {
      const response = await ask(path);
      const own = await deployment.handler(new Request(`https://app.example${path}`));
      expect([response.status, response.body]).toEqual([404, await own?.text()]);
      expect(actual(response)).toEqual(await expected(path));
    }
  });

  test('lead from the callback to an address without a code, or to the page of the app', async () => {
    const { callback } = deployment.addresses;
    const form = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '11' };

    const posted = await ask(callback, { method: 'POST', headers: form, body: 'code=SECRET' });
    const asked = await ask(`${callback}?code=SECRET`);
    const clean = await ask(`${callback}?_`);

    const isPage = config.callback === 'app';
    expect([posted.status, posted.headers.location]).toEqual([303, `${callback}?_#_`]);
    expect(posted.headers['content-security-policy']).toMatch(/^sandbox; /);
    expect([asked.status, asked.headers.location]).toEqual(isPage ? [200, undefined] : [303, `${callback}?_#_`]);
    expect(clean.body).toBe(isPage ? '<!doctype html><title>app</title>\n' : written['callback.html']);
    expect(actual(clean)).toMatchObject({ ...(await expected(`${callback}?_`)), 'content-type': expect.anything() });
  });

  test('put pages and files of the app under the policy', async () => {
    for (const path of [base, `${base}deep/link`, `${base}rogue.js`]) {
      const response = await ask(path);
      expect(response.status).toBe(200);
      for (const { name: header, value } of deployment.policy.headers)
        expect(response.lines(header).map(encode)).toEqual([encode(value)]);
    }
    expect((await ask('/elsewhere')).status).toBe(base === '/' ? 200 : 404);
  });

  test('serve the modules for pages, as modules of this origin', async () => {
    for (const file of ['auto.js', 'page.js']) {
      const response = await ask(`${base}tokenward/${file}`);
      expect([response.status, response.body]).toEqual([200, written[file]]);
      expect(response.headers['content-type']).toMatch(/^(?:text|application)\/javascript/);
      expect(response.headers['cache-control']).toBe('no-cache');
      expect(response.headers['cross-origin-resource-policy']).toBe('same-origin');
      expect(response.lines('vary')).toEqual(['Sec-Fetch-Dest']);
    }
  });

  const script = (): string => written['tokenward-sw.js'] ?? '';
});
