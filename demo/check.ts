import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { BrowserContext } from 'playwright';

import { launchChromium } from '../test/support/browser.ts';
import { ACCESS_TOKEN_TTL_SECONDS, expect, PICTURES, STEPS, type Step, TIMEOUT_MS } from './check-steps.ts';
import { startDemo } from './demo-servers.ts';

/** How to check the demo. */
export interface CheckOptions {
  /** A file that gets the figures. */
  readonly jsonFile?: string | undefined;
}

/**
 * Drives the demo in a headless Chromium from signed out to signed out again, with a line per step and pictures on the
 * way.
 *
 * @returns the exit status
 */
export async function checkDemo({ jsonFile }: CheckOptions): Promise<number> {
  await rm(PICTURES, { recursive: true, force: true });
  await mkdir(PICTURES, { recursive: true });
  const stack = await startDemo({ accessTokenTtlSeconds: ACCESS_TOKEN_TTL_SECONDS });
  const browser = await launchChromium();
  const context = await browser.newContext({ viewport: { width: 1240, height: 900 }, deviceScaleFactor: 1 });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  const complaints = listenForComplaints(context);

  const steps: readonly Step[] = [
    ...STEPS,
    { name: 'leaves nothing in the browser’s console', run: () => expectQuiet(complaints) },
  ];
  let passed = 0;
  const failures: string[] = [];
  try {
    for (const { name, run } of steps) {
      const startedAtMs = performance.now();
      try {
        const detail = await run({ stack, context, page });
        passed += 1;
        const tookMs = Math.round(performance.now() - startedAtMs);
        say(`  ${green('✓')} ${name}${detail === undefined ? '' : dim(`: ${detail}`)} ${dim(`(${tookMs} ms)`)}`);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        failures.push(`${name} (${message.split('\n')[0]})`);
        say(`  ${red('✗')} ${name}`);
        say(indent(message));
        if (complaints.size > 0) say(indent(`the browser said:\n${[...complaints].join('\n')}`));
        await page.screenshot({ path: join(PICTURES, 'failure.png'), fullPage: true }).catch(() => {});
        // What follows stands on what failed.
        break;
      }
    }
  } finally {
    await browser.close();
    await stack.close();
  }

  const refreshes = stack.authorizationServer.requests
    .list('token', 'refresh_token')
    .filter(({ status }) => status === 200).length;
  const failed = failures.length;
  const summary = { steps: steps.length, passed, failed, refreshes };
  if (passed + failed < steps.length) say(`  ${dim(`${steps.length - passed - failed} steps not run`)}`);
  say(`  ${dim(`pictures in ${PICTURES}`)}\n`);
  say(`summary: ${JSON.stringify(summary)}`);
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify({ ...summary, failures })}\n`);
  return failed === 0 ? 0 : 1;
}

/** What the browser holds against the pages, but for the refusals that the steps provoke. */
function listenForComplaints(context: BrowserContext): ReadonlySet<string> {
  const complaints = new Set<string>();
  context.on('console', (message) => {
    const isExpected = /status of 40[013]|ERR_CACHE_MISS/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !isExpected)
      complaints.add(`${message.type()}: ${message.text()}`);
  });
  context.on('weberror', (error) => complaints.add(`uncaught: ${error.error().message}`));
  return complaints;
}

async function expectQuiet(complaints: ReadonlySet<string>): Promise<void> {
  expect(complaints.size === 0, 'no errors, warnings and policy violations in the console');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '      ');
}

const paint = (code: number) => (text: string) => (process.stdout.isTTY ? `\u001B[${code}m${text}\u001B[0m` : text);
const green = paint(32);
const red = paint(31);
const dim = paint(2);
