import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createCallbackDocument } from '../../src/server/index.ts';
import { buildIfNeeded } from '../support/build.ts';
import { runCommand, type CommandResult } from './run-command.ts';

beforeAll(buildIfNeeded);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenward-callback-'));
  onTestFinished(() => rm(folder, { recursive: true }));
});

/** Runs the command in the folder of the test. */
const run = (...commandLine: readonly string[]): Promise<CommandResult> =>
  runCommand(['callback', ...commandLine], { cwd: folder });

const read = (name: string): Promise<string> => readFile(join(folder, 'out', name), 'utf8');

describe('tokenward callback', () => {
  test('writes the document, and its headers for each server', async () => {
    const { exitCode, stdout } = await run('--app', 'https://app.example/auth/callback', '--out', 'out');

    const redirectUri = 'https://signin.app.example/';
    const document = await createCallbackDocument({ redirectUri, appCallback: 'https://app.example/auth/callback' });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`redirectUri: '${redirectUri}'`);
    expect(await read('site/index.html')).toBe(document.body);
    for (const [name, value] of Object.entries(document.headers)) {
      expect(await read('site/_headers')).toContain(`  ${name}: ${value}\n`);
      expect(await read('nginx.conf')).toContain(`add_header ${name} "${value}" always;`);
      expect(await read('Caddyfile')).toContain(`${name} "${value}"`);
      expect(await read('apache.conf')).toContain(`Header always set ${name} "${value}"`);
    }
    for (const name of ['site/_headers', 'nginx.conf', 'Caddyfile', 'apache.conf']) {
      expect(await read(name)).not.toMatch(/access-control-allow-origin/i);
    }
  });

  test('takes the origin that is named', async () => {
    const redirectUri = 'https://login-done.example/';

    await run('--app', 'https://app.example/auth/callback', '--redirect-uri', redirectUri, '--out', 'out');

    expect(await read('nginx.conf')).toContain('server_name login-done.example;');
    expect(await read('Caddyfile')).toMatch(/^login-done\.example \{$/m);
  });

  test.for([
    ['http://app.example/auth/callback'],
    ['/auth/callback'],
    ['https://app.example/auth/callback', '--redirect-uri', 'https://app.example/'],
    ['https://app.example/auth/callback', '--redirect-uri', 'https://signin.app.example/callback'],
  ])('writes nothing for what is no isolated callback: %j', async ([app = '', ...more]) => {
    const { exitCode } = await run('--app', app, ...more, '--out', 'out');

    expect(exitCode).toBe(2);
    await expect(read('site/index.html')).rejects.toThrow();
  });
});
