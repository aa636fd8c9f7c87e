import { spawn } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { prepareAppFolders, type AppFolders } from '../cli/app-folder.ts';
import { runCommand } from '../cli/run-command.ts';
import { findCodeBlocks, type CodeBlock } from '../package/markdown.ts';
import { test } from '../support/browser-test.ts';
import { ROOT } from '../support/build.ts';
import { freePort } from '../support/free-port.ts';

const QUICK_START = readFileSync(join(ROOT, 'docs/quick-start.md'), 'utf8');

let apps: AppFolders;
beforeAll(async () => {
  apps = await prepareAppFolders();
}, 120_000);
afterAll(() => apps.remove());

/** Ports that the page names. Each test has free ones in their place. */
const PORTS = ['9400', '9401', '3000', '5173'] as const;

/** Reads the blocks of the page, with free ports, and the commands and files in them. */
async function readQuickStart() {
  const ports = new Map<string, string>(
    await Promise.all(PORTS.map(async (port) => [port, String(await freePort())] as const)),
  );
  const text = QUICK_START.replaceAll(/\b(?:9400|9401|3000|5173)\b/g, (port) => ports.get(port) ?? port);
  const blocks = findCodeBlocks({ path: 'docs/quick-start.md', text });
  const find = (language: string, beginning: string): string => {
    const found = blocks.find((block) => block.language === language && block.code.includes(beginning));
    if (found === undefined) throw new Error(`The quick start has no block ${language} with ${beginning}.`);
    return found.code;
  };
  return { blocks, find, port: (port: (typeof PORTS)[number]): string => ports.get(port) ?? port };
}

type QuickStart = Awaited<ReturnType<typeof readQuickStart>>;

/** Returns a file before and after its change, and the lines that are added. */
function parseDiff(diff: string): {
  readonly before: string;
  readonly after: string;
  readonly added: readonly string[];
} {
  const lines = diff.split('\n').filter((line) => line !== '');
  expect(lines.filter((line) => !/^[ +-]/.test(line))).toEqual([]);
  const keep = (marks: string): string =>
    lines
      .filter((line) => marks.includes(line[0] ?? ''))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  return {
    before: keep(' -'),
    after: keep(' +'),
    added: lines.filter((line) => line.startsWith('+') && line.length > 1).map((line) => line.slice(1)),
  };
}

/** Makes an app of files, with packages of this repository beside the packed one. */
function createApp(files: Readonly<Record<string, string>>, packages: readonly string[]): string {
  const app = apps.create({ files, dependencies: packages });
  for (const name of [...packages, 'oauth2-mock-server']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(app, 'node_modules', name), 'dir');
  }
  return app;
}

/** Runs the commands of the page in an app; the packed tarball is installed already. */
async function runCommands(app: string, { find }: QuickStart): Promise<string> {
  const output: string[] = [];
  for (const line of find('sh', 'npx tokenward init').trim().split('\n')) {
    const [program = '', ...words] = line.replace(/ +#.*/, '').split(' ');
    if (program === 'npm') {
      expect(words).toEqual(['install', 'tokenward']);
      continue;
    }
    expect([program, words[0]]).toEqual(['npx', 'tokenward']);
    const bin = join(app, 'node_modules/tokenward/dist/cli.js');
    const { stdout, stderr, exitCode } = await runCommand(words.slice(1), { cwd: app, bin });
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    output.push(stdout);
  }
  return output.join('\n');
}

/** Starts a program in an app's folder, and waits until a URL answers. */
async function start(app: string, commandLine: readonly string[], url: string): Promise<void> {
  const { NODE_ENV: _node, VITEST: _vitest, ...inherited } = process.env;
  // The configuration that init writes reads the origin.
  const environment = { ...inherited, ORIGIN: new URL(url).origin };
  const child = spawn(process.execPath, commandLine, { cwd: app, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  onTestFinished(() => void child.kill());
  const answers = (): Promise<unknown> =>
    fetch(url).then(
      ({ status }) => status,
      () => (child.exitCode === null ? 'nothing yet' : said),
    );
  await expect.poll(answers, { timeout: 60_000 }).toEqual(expect.any(Number));
}

/** Starts the servers of the page's first step. */
async function startServers(app: string, { find, port }: QuickStart): Promise<void> {
  writeFileSync(join(app, 'servers.js'), find('js', '// servers.js'));
  await start(app, ['servers.js'], `http://localhost:${port('9400')}/.well-known/openid-configuration`);
}

/** Counts the lines that a page of the documentation says. */
function expectNumberOfLines(framework: string, lines: number): void {
  const words = ['none', 'one', 'two', 'three', 'four'];
  expect(QUICK_START.replaceAll('\n', ' ')).toMatch(
    new RegExp(`\\b${words[lines]}(?: lines)? with \\[${framework}\\]`),
  );
}

const hasLine = (added: readonly string[], line: string): boolean =>
  added.some((one) => one.includes(line.replace(/,$/, '')));

/** Returns the lines that `init` prints to be added to a file. */
function printedFor(output: string, file: string): readonly string[] {
  const [, after = ''] = output.split(`\nAdd to ${file}:\n`);
  const [lines = ''] = after.split('\n\n');
  return lines.split('\n').map((line) => line.trim());
}

/** Waits for what the API has answered; the page signs in before. */
async function firstAnswer(page: Page): Promise<void> {
  const isThere = (): boolean => document.querySelector('p')?.textContent === '[{"text":"A note"}]';
  await page.waitForFunction(isThere, undefined, { timeout: 90_000 });
}

describe('the quick start, followed line by line with the packed tarball', () => {
  test('leads from an empty Express app to the first authorised answer', async ({ page }) => {
    const quickStart = await readQuickStart();
    const { find, port } = quickStart;
    const server = parseDiff(find('diff', '// server.js'));
    const html = parseDiff(find('diff', 'public/index.html'));
    const files = {
      'server.js': server.before,
      'public/index.html': html.before,
      'public/main.js': find('js', '// main.js'),
    };
    const app = createApp(files, ['express']);
    await startServers(app, quickStart);
    const output = await runCommands(app, quickStart);
    writeFileSync(join(app, 'server.js'), server.after);
    writeFileSync(join(app, 'public/index.html'), html.after);
    const url = `http://localhost:${port('3000')}`;
    await start(app, ['server.js'], url);

    await page.goto(url);
    await firstAnswer(page);

    expect(server.before + html.before).not.toMatch(/tokenward/);
    for (const line of printedFor(output, 'server.js')) expect(hasLine(server.added, line), line).toBe(true);
    for (const line of printedFor(output, 'public/index.html')) expect(hasLine(html.added, line), line).toBe(true);
    expectNumberOfLines('Express', server.added.length + html.added.length);
  }, 180_000);

  test('leads from an empty Vite app to the first authorised answer', async ({ page }) => {
    const quickStart = await readQuickStart();
    const { find, port } = quickStart;
    const config = parseDiff(find('diff', '// vite.config.js'));
    const files = {
      'vite.config.js': config.before,
      'index.html': find('html', '<title>Notes</title>'),
      'main.js': find('js', '// main.js'),
    };
    const app = createApp(files, ['vite']);
    await startServers(app, quickStart);
    const output = await runCommands(app, quickStart);
    writeFileSync(join(app, 'vite.config.js'), config.after);
    const url = `http://localhost:${port('5173')}`;
    const vite = join(app, 'node_modules/vite/bin/vite.js');
    await start(app, [vite, '--port', port('5173'), '--strictPort', '--host', 'localhost'], url);

    await page.goto(url);
    await firstAnswer(page);

    for (const line of printedFor(output, 'vite.config.js')) expect(hasLine(config.added, line), line).toBe(true);
    expectNumberOfLines('Vite', config.added.length);
  }, 180_000);

  test('writes one file in both, which the page of configurations describes', async () => {
    const quickStart = await readQuickStart();
    const app = createApp({ 'server.js': '' }, ['express']);

    const output = await runCommands(app, quickStart);

    expect(output.match(/ created$/gm)).toEqual([' created']);
    expect(output).toContain('tokenward.config.js created');
    expect(readFileSync(join(app, 'tokenward.config.js'), 'utf8')).toContain("clientId: 'test-app'");
  }, 60_000);

  test('has no block that the tests do not follow, but for those of another way to sign in and of providers', async () => {
    const { blocks } = await readQuickStart();
    const [, rest = ''] = QUICK_START.split('## 4. The first answer');
    const followed = blocks.filter(({ code }: CodeBlock) => !rest.includes(code));

    expect(followed).toHaveLength(7);
  });
});
