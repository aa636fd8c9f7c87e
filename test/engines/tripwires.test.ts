import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Alarm } from 'tokenward';
import { startStack, type Stack } from '../servers/stack.ts';
import { type EchoingApi, startEchoingApi } from '../support/echoing-api.ts';
import { openBarePage, signIn } from '../support/app-page.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';

const POLL = { timeout: 20_000 };

let stack: Stack;
let api: EchoingApi;
beforeAll(async () => {
  [stack, api] = await Promise.all([
    startStack({ authorizationServer: { accessTokenTtlSeconds: 3600 } }),
    startEchoingApi(),
  ]);
  stack.app.configure({
    worker: {
      protectedResources: [{ url: `${api.origin}/guarded`, reflection: 'stop' }, { url: `${api.origin}/naive` }],
      alarmReportUrl: `${api.origin}/alarms`,
    },
  });
});
afterAll(() => Promise.all([stack.close(), api.close()]));
beforeEach(() => {
  stack.app.configure({ securityHeaders: 'off' });
  api.clearReports();
});

/** What was reported: by the worker itself, which pages cannot keep from it. */
function reports(): readonly Partial<Alarm>[] {
  return api.reports.map(({ alarm: { tripwire, consequence } }) => ({ tripwire, consequence }));
}

/** All of an answer that script can read, up to where it breaks off. */
function readAnswer(page: EnginePage, path: string): Promise<string> {
  return page.evaluate(async (url) => {
    const seen: string[] = [];
    try {
      const response = await fetch(url);
      seen.push(response.url, [...response.headers].flat().join());
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader?.read(); part?.value; part = await reader?.read()) seen.push(part.value);
    } catch (error) {
      seen.push(String(error));
    }
    return seen.join(' ');
  }, `${api.origin}${path}`);
}

describe('an API that sends the access token back', () => {
  test('gives it to a page whose rule allows it, and to no other, in its text, in two parts and in a header field', async ({
    page,
  }) => {
    await signIn(page, stack);

    for (const way of ['text', 'halves', 'header']) {
      const naive = await readAnswer(page, `/naive/debug/${way}`);
      const guarded = await readAnswer(page, `/guarded/debug/${way}`);
      const signature = api.token().split('.')[2] ?? '';
      expect(signature.length).toBeGreaterThan(40);
      expect(naive.replaceAll(' ', '')).toContain(signature);
      expect(guarded.replaceAll(' ', '')).not.toContain(signature.slice(0, 20));
    }
    // A worker that was stopped in between tells of it again.
    await expect.poll(() => reports()[0], POLL).toEqual({ tripwire: 'token_reflected', consequence: 'stopped' });
  });

  test('and sends any other response while it is still written', async ({ page }) => {
    await signIn(page, stack);

    const first = await page.evaluate(async (url) => {
      const reader = (await fetch(url)).body?.pipeThrough(new TextDecoderStream()).getReader();
      const part = await reader?.read();
      await reader?.cancel();
      return part?.value;
    }, `${api.origin}/guarded/endless`);

    expect(first).toBe('first part\n');
  });
});

/** Unregisters the worker. */
async function unregister(page: EnginePage): Promise<void> {
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration?.unregister();
  });
}

/** Sends the worker a call that it refuses, past the client of the page: afterwards the worker looks at its registration. */
async function callPastClient(page: EnginePage): Promise<void> {
  await page.evaluate(async () => {
    const { port1, port2 } = new MessageChannel();
    navigator.serviceWorker.controller?.postMessage({ type: 'tokenward:call', protocolVersion: 1 }, [port2]);
    port1.postMessage('no call');
  });
}

/** A worker that was unregistered still gets a token for its page: it has noticed nothing. */
async function expectNothingNoticed(page: EnginePage): Promise<void> {
  await signIn(page, stack);
  await unregister(page);
  await callPastClient(page);
  expect(await readAnswer(page, '/naive/debug/text')).toContain('Bearer');
  expect(reports()).toEqual([]);
}

describe('a tripwire', () => {
  test('ends the session where the worker was unregistered', async ({ page, session, lacks }) => {
    const isMissing =
      session.name !== 'chromium' &&
      (await lacks({
        engine: session.name,
        reason: 'goes on letting a worker that was unregistered write to its registration',
        isShownBy: () => expectNothingNoticed(page),
      }));
    if (isMissing) return;
    await signIn(page, stack);

    await unregister(page);
    await callPastClient(page);

    await expect.poll(reports, POLL).toEqual([{ tripwire: 'worker_unregistered', consequence: 'revoked' }]);
  });

  test('ends the session of a worker that was unregistered once its page looks, in every engine', async ({ page }) => {
    await signIn(page, stack);

    await unregister(page);
    await page.evaluate(() => void window.dispatchEvent(new Event('focus')));

    await expect.poll(reports, POLL).toEqual([{ tripwire: 'worker_unregistered', consequence: 'revoked' }]);
  });

  test('ends the session where a page asks for a handover', async ({ page }) => {
    await signIn(page, stack);

    await page.evaluate(() => {
      const { port2 } = new MessageChannel();
      navigator.serviceWorker.controller?.postMessage({ type: 'tokenward:handover', seals: true }, [port2]);
    });

    await expect.poll(reports, POLL).toEqual([{ tripwire: 'worker_impersonated', consequence: 'revoked' }]);
  });

  test('does not end the session after a response that was never requested', async ({ page, profile }) => {
    await signIn(page, stack);
    const other = await profile.newPage();

    await other.goto(`${stack.app.origin}/auth/callback?code=theirs&state=made-up`);

    await expect.poll(reports, POLL).toEqual([{ tripwire: 'foreign_response', consequence: 'reported' }]);
    await openBarePage(page, stack);
    expect(await page.evaluate(() => window.tokenward.session.status)).toBe('signed-in');
  });
});
