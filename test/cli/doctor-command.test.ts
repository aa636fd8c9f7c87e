import { createServer, type Server } from 'node:http';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { buildIfNeeded } from '../support/build.ts';
import { portOf } from '../support/port-of.ts';
import { runCommand } from './run-command.ts';

let stack: Stack;

beforeAll(async () => {
  await buildIfNeeded();
  stack = await startStack();
});

afterEach(() => {
  stack.app.configure({ worker: {}, workerServing: 'sealed' });
  stack.api.goOnline();
});

afterAll(() => stack.close());

describe('tokenward doctor', () => {
  test('prints a line for each check, says what it does meanwhile, and ends with 0 when all is well', async () => {
    const { exitCode, stdout, stderr } = await runCommand(['doctor', stack.app.origin]);

    expect(stdout).toMatch(/^ {2}pass {2}worker-gate +refused to all of 9 other kinds of requests$/m);
    expect(stdout).toMatch(/\n\d{2} passed, 0 warnings, 0 failed\n$/);
    expect(stderr).toMatch(/^2\/10 Worker script$/m);
    expect(exitCode).toBe(0);
  });

  test('takes an address of this machine without a scheme for one by http', async () => {
    const { exitCode, stdout, stderr } = await runCommand(['doctor', new URL(stack.app.origin).host]);

    expect(stderr).toContain(`reading ${stack.app.origin}/\n`);
    expect(stdout).toMatch(/ 0 failed\n$/);
    expect(exitCode).toBe(0);
  });

  test('names the risk of a fault and the line that fixes it, and exits with 1', async () => {
    stack.app.configure({ callback: 'app' });

    const { exitCode, stdout } = await runCommand(['doctor', stack.app.origin]);
    stack.app.configure({ callback: 'document' });

    expect(stdout).toMatch(/^ {2}fail {2}callback-sandbox {2}/m);
    expect(stdout).toMatch(/risk {2}Script in the page unregisters the worker/);
    expect(stdout).toMatch(/fix {3}Content-Security-Policy: sandbox; default-src 'none'; …/);
    expect(exitCode).toBe(1);
  });

  test('ends with 1 on a warning only where that is asked for', async () => {
    stack.app.configure({ worker: { adoption: 'allow' } });

    const lax = await runCommand(['doctor', stack.app.origin]);
    const strict = await runCommand(['doctor', stack.app.origin, '--strict']);

    expect(lax.stdout).toMatch(/^ {2}warn {2}configuration-adoption/m);
    expect([lax.exitCode, strict.exitCode]).toEqual([0, 1]);
  });

  test('gives programs JSON', async () => {
    const { stdout } = await runCommand(['doctor', stack.app.origin, '--json']);

    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      url: `${stack.app.origin}/`,
      worker: `${stack.app.origin}/tokenward-sw.js`,
      issuer: stack.authorizationServer.issuer,
      apis: [stack.api.url],
      counts: { warn: 0, fail: 0 },
    });
    expect(report.sections[1].findings[0]).toEqual({
      check: 'worker-served',
      verdict: 'pass',
      found: '200, text/javascript',
    });
  });

  test('takes from the command line what the worker script does not say', async () => {
    stack.app.configure({ workerScript: () => 'importScripts("/configuration.js");' });

    const { authorizationServer, api } = stack;
    const bare = await runCommand(['doctor', stack.app.origin, '--json']);
    const said = [
      '--issuer',
      authorizationServer.issuer,
      '--client-id',
      authorizationServer.clientId,
      '--api',
      api.url,
    ];
    const told = await runCommand(['doctor', stack.app.origin, '--json', ...said]);
    stack.app.configure({ workerScript: (script) => script });

    const titles = (stdout: string): unknown =>
      JSON.parse(stdout).sections.map(({ title }: { title: string }) => title);
    expect(JSON.parse(bare.stdout).issuer).toBeUndefined();
    expect(titles(bare.stdout)).not.toContain('Authorization server');
    expect(JSON.parse(told.stdout).counts).toMatchObject({ warn: 0, fail: 0 });
  });

  test('has colours only where they are shown, and none where NO_COLOR is set', async () => {
    const run = (environment: Record<string, string>): ReturnType<typeof runCommand> =>
      runCommand(['doctor', stack.app.origin], { environment });

    const [piped, forced, refused] = await Promise.all([run({}), run({ FORCE_COLOR: '1' }), run({ NO_COLOR: '1' })]);

    expect(piped.stdout).toBe(stripVTControlCharacters(piped.stdout));
    expect(refused.stdout).toBe(stripVTControlCharacters(refused.stdout));
    expect(forced.stdout).not.toBe(stripVTControlCharacters(forced.stdout));
    expect(stripVTControlCharacters(forced.stdout)).toBe(piped.stdout);
  });

  test('goes on where one server does not answer, and says which', async () => {
    stack.api.goOffline();

    const { exitCode, stdout } = await runCommand(['doctor', stack.app.origin]);

    expect(stdout).toMatch(new RegExp(`fail {2}reached +${stack.api.url}`));
    expect(stdout).toMatch(/^ {2}pass {2}worker-gate/m);
    expect(exitCode).toBe(1);
  });

  test('ends with 2 where nothing answers, within the time that it was given', async () => {
    const silent = await startSilentServer();

    const unanswered = await runCommand(['doctor', silent.origin, '--timeout', '0.5']);
    await silent.close();
    const refused = await runCommand(['doctor', silent.origin]);

    expect(unanswered.stderr).toContain('did not answer within 0.5 seconds');
    expect(refused.stderr).toContain('cannot be reached (ECONNREFUSED)');
    expect([unanswered.exitCode, refused.exitCode]).toEqual([2, 2]);
  });

  test('says what there is, and what a mistyped option may have meant', async () => {
    const help = await runCommand(['doctor', '--help']);
    const mistyped = await runCommand(['doctor', stack.app.origin, '--jsn']);
    const wrong = await runCommand(['doctor', 'ftp://app.example']);

    expect(help.stdout).toContain('--client-id <id>');
    expect(help.stdout).toContain('Exit code: 0 if no check failed');
    expect(help.exitCode).toBe(0);
    expect(mistyped.stderr).toContain('Did you mean --json?');
    expect(wrong.stderr).toContain('It must be a URL.');
    expect([mistyped.exitCode, wrong.exitCode]).toEqual([2, 2]);
  });
});

async function startSilentServer(): Promise<{ readonly origin: string; close(): Promise<void> }> {
  const server: Server = createServer(() => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve);
  });
  return {
    origin: `http://localhost:${portOf(server)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
