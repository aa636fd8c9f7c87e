import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parseIdentity } from '../../src/protocol/relay-proof.ts';
import { RelayedRequests } from '../../sw/oauth/relay.ts';
import { BY_BROWSER } from '../server/deployment.ts';
import {
  FILES,
  type Files,
  type Platform,
  startCloudflare,
  startNetlify,
  startVercel,
} from '../server/platform-snippets.ts';
import { buildIfNeeded } from '../support/build.ts';
import { readFolder } from '../support/built-files.ts';
import { portOf } from '../support/port-of.ts';
import { type CommandResult, runCommand } from './run-command.ts';

beforeAll(buildIfNeeded);

const CLIENT_SECRET = 'a-client-secret-of-32-characters';

/** Builds the files of a host for an app with a relay. */
async function build(host: string, issuer: string): Promise<CommandResult & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tokenward-relay-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const config = `export default { origin: 'https://app.example', issuer: '${issuer}', clientId: 'my-app', relay: true,
    protectedResources: [{ url: 'https://api.example' }] };`;
  await writeFile(join(folder, 'tokenward.config.mjs'), config);
  await writeFile(join(folder, 'sw.js'), 'self.own = true;\n');
  const result = await runCommand(['build', '--for', host, '--out', 'deploy', '--worker-script', 'sw.js'], {
    cwd: folder,
  });
  return { ...result, folder: join(folder, 'deploy') };
}

/** Starts a token endpoint; returns its issuer, and the `Authorization` headers that it gets. */
async function startServer(): Promise<{ readonly issuer: string; readonly got: (string | undefined)[] }> {
  const got: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/token') got.push(request.headers.authorization);
    response.end(JSON.stringify({ issuer, token_endpoint: `${issuer}/token`, access_token: 'access' }));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${portOf(server)}`;
  return { issuer, got };
}

const PLATFORMS: Readonly<Record<string, (files: Files, folder: string) => Promise<Platform>>> = {
  netlify: startNetlify,
  cloudflare: startCloudflare,
  vercel: startVercel,
};

describe('tokenward build for an app with a relay', () => {
  for (const [host, start] of Object.entries(PLATFORMS)) {
    test(`writes code for ${host} that reads the secret from the environment, and passes requests of the worker on`, async () => {
      const { issuer, got } = await startServer();
      process.env['TOKENWARD_CLIENT_SECRET'] = CLIENT_SECRET;
      Object.assign(globalThis, { Netlify: { env: { get: (name: string) => process.env[name] } } });
      onTestFinished(() => {
        Reflect.deleteProperty(process.env, 'TOKENWARD_CLIENT_SECRET');
        Reflect.deleteProperty(globalThis, 'Netlify');
      });
      const { folder, exitCode, stderr } = await build(host, issuer);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(JSON.stringify(await readFolder(folder))).not.toContain(CLIENT_SECRET);

      const { answer } = await start(FILES, folder);
      const script = await answer(new Request('https://app.example/tokenward-sw.js', { headers: BY_BROWSER }));
      const [, text] = /self\.__tokenwardRelay="([^"]*)";/.exec(await script.text()) ?? [];
      const identity = parseIdentity(text);
      if (identity === undefined) throw new Error('There is no identity in the script.');
      const address = 'https://app.example/auth/relay';
      const nothing = (): void => {};
      const worker = new RelayedRequests({
        address,
        identity,
        send: (input, init) => answer(new Request(input, init)),
        now: () => Date.now(),
        warn: nothing,
        updateWorker: nothing,
      });
      const body = 'client_id=my-app&grant_type=refresh_token&refresh_token=x';
      const response = await worker.send('token', { method: 'POST', body });

      expect(await response.json()).toMatchObject({ access_token: 'access' });
      expect(got).toEqual([expect.stringMatching(/^Basic /)]);
      const unproven = await answer(new Request(`${address}/token`, { method: 'POST', body }));
      expect(unproven.status).toBe(401);
    });
  }

  test.each(['static', 'nginx', 'caddy', 'apache', 'firebase'])(
    'refuses %s, which has no place for the secret',
    async (host) => {
      const { folder, exitCode, stderr } = await build(host, 'https://login.example');

      expect(exitCode).toBe(2);
      expect(stderr).toContain(`"relay" is true, and the files for ${host} have no place for the client secret`);
      await expect(readFolder(folder)).rejects.toThrow();
    },
  );
});
