import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TokenwardConfig } from '../../src/configuration/app-configuration.ts';
import { type AppDeployment, deployApp } from '../../src/server/app-deployment.ts';
import { BY_BROWSER, request } from '../server/deployment.ts';
import {
  FILES,
  type Platform,
  startCloudflare,
  startFirebase,
  startNetlify,
  startVercel,
} from '../server/platform-snippets.ts';
import { buildIfNeeded } from '../support/build.ts';
import { buildFiles } from '../support/built-files.ts';

const PLATFORMS = {
  netlify: (folder: string) => startNetlify(FILES, folder),
  cloudflare: (folder: string) => startCloudflare(FILES, folder),
  vercel: (folder: string) => startVercel(FILES, folder),
  firebase: (folder: string) => startFirebase('all', folder),
} as const;

const BASIC = {
  origin: 'https://app.example',
  issuer: 'https://login.example',
  clientId: 'my-app',
  protectedResources: [{ url: 'https://api.example/v1' }],
} as const satisfies TokenwardConfig;

/** Configurations that change what is served, and where, in ways that the examples do not. */
const CONFIGURATIONS: Readonly<Record<string, TokenwardConfig>> = {
  'a path, and a worker of another name': {
    ...BASIC,
    base: '/shop/',
    worker: { path: '/shop/js/worker.v1.js' },
    pages: { connections: ['https://cdn.example/a%20b/$host/(c)'], popups: 'keep' },
  },
  'its own page at the callback': { ...BASIC, callback: 'app', endpointPath: '/session-of.user' },
  'an isolated callback': { ...BASIC, redirectUri: 'https://signin.app.example/' },
};

const COMPARED = ['cache-control', 'content-security-policy', 'referrer-policy', 'service-worker-allowed', 'vary'];

const CASES = (['netlify', 'cloudflare', 'vercel', 'firebase'] as const).flatMap((name) =>
  Object.keys(CONFIGURATIONS).map((kind) => [name, kind] as const),
);

describe.each(CASES)('the code for %s, for a configuration with %s,', (name, kind) => {
  const config: TokenwardConfig = CONFIGURATIONS[kind] ?? BASIC;
  const { base = '/' } = config;
  let platform: Platform;
  let deployment: AppDeployment;

  beforeAll(async () => {
    await buildIfNeeded();
    const folder = await mkdtemp(join(tmpdir(), 'tokenward-platform-'));
    for (const [file, text] of Object.entries(await buildFiles(name, config))) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    platform = await PLATFORMS[name](folder);
    await rm(folder, { recursive: true });
    const gate = name === 'firebase' ? 'missing' : 'present';
    deployment = deployApp(config, { workerScript: 'self.own = true;', gate });
  });

  const traits = (response: Response | undefined): object => ({
    status: response?.status,
    ...Object.fromEntries(COMPARED.map((header) => [header, response?.headers.get(header)])),
  });

  test('answers for the worker, its endpoints and the callback as the handler does', async () => {
    const { worker, login, session, callback } = deployment.addresses;
    const requests = [
      request(worker, BY_BROWSER),
      request(login),
      request(session),
      ...(config.callback === 'app' ? [] : [request(`${callback}?code=SECRET`), request(`${callback}?_`)]),
    ];

    for (const asked of requests) {
      const response = await platform.answer(asked);
      expect(traits(response), asked.url).toEqual(traits(await deployment.handler(asked, deployment.policy)));
    }
  });

  test('puts pages, and the page of the app at the callback, under the policy', async () => {
    const { callback } = deployment.addresses;

    for (const path of [base, `${base}deep/link`, '/rogue.js', ...(config.callback === 'app' ? [callback] : [])]) {
      const response = await platform.answer(request(path));
      expect(response.status).toBe(200);
      for (const header of deployment.policy.headers) expect(response.headers.get(header.name)).toBe(header.value);
    }
  });

  test('refuses the worker to pages', async () => {
    const { worker } = deployment.addresses;

    const responses = await Promise.all([
      platform.answer(request(worker)),
      platform.answer(request(`${worker}?x`, BY_BROWSER)),
    ]);

    expect(responses.map(({ status }) => status)).toEqual([403, 403]);
    for (const response of responses) expect(response.headers.get('cache-control')).toBe('no-store');
  });
});
