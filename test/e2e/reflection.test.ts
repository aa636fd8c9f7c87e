import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Alarm } from 'tokenward';
import { startStack, type Stack } from '../servers/stack.ts';
import { sessionOf, signIn } from '../support/app-page.ts';
import { type EchoingApi, startEchoingApi, type WayToEcho, WAYS_TO_ECHO } from '../support/echoing-api.ts';
import { testWithHeldPage } from '../support/held-page.ts';

declare global {
  interface Window {
    /** What the client has told of. */
    alarms: Alarm[];
  }
}

const POLL = { timeout: 20_000 };

let stack: Stack;
let api: EchoingApi;
beforeAll(async () => {
  [stack, api] = await Promise.all([
    startStack({ authorizationServer: { accessTokenTtlSeconds: 3600 }, app: { securityHeaders: 'off' } }),
    startEchoingApi(),
  ]);
  stack.app.configure({ worker: workerOptions() });
});
afterAll(() => Promise.all([stack.close(), api.close()]));

/** The same API twice: with the rule, and without it, as the naive victim. */
function workerOptions() {
  return {
    protectedResources: [{ url: `${api.origin}/guarded`, reflection: 'stop' }, { url: `${api.origin}/naive` }],
    alarmReportUrl: `${api.origin}/alarms`,
  } as const;
}

/** A page that has signed in once for all tests. */
const test = testWithHeldPage(() => stack);

/** All that script can read of an answer, by fetch, XMLHttpRequest and EventSource, up to where it breaks off. */
function readAll(page: Page, kind: 'guarded' | 'naive', way: WayToEcho): Promise<string> {
  return page.evaluate(async (url) => {
    const seen: unknown[] = [];
    try {
      const response = await fetch(url);
      seen.push(response.url, response.statusText, ...response.headers);
      for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) seen.push(text);
    } catch (error) {
      seen.push(String(error));
    }
    const request = new XMLHttpRequest();
    request.open('GET', url);
    request.onprogress = () => seen.push(request.responseText);
    await new Promise((resolve) => {
      request.onloadend = resolve;
      request.send();
    });
    seen.push(request.responseURL, request.getAllResponseHeaders(), request.responseText);
    if (url.endsWith('/events')) {
      const source = new EventSource(url);
      source.onmessage = ({ data }) => seen.push(data);
      await new Promise((resolve) => {
        source.onerror = resolve;
      });
      source.close();
    }
    return seen.join('');
  }, `${api.origin}/${kind}/debug/${way}`);
}

/** Whether a text holds a token, as it is (a JWT stands in a URL as it is too) or in base64. */
function holds(text: string, token: string): boolean {
  const decoded = (text.match(/[\w+/=-]{40,}/g) ?? []).map((part) => Buffer.from(part, 'base64').toString());
  return token.length > 40 && [text, ...decoded].join('\n').includes(token);
}

describe('an API that sends the access token back', () => {
  test.for(WAYS_TO_ECHO.filter((way) => way !== 'proof'))(
    'gives it to the page of the naive victim, and not to one with the rule: as %s',
    async (way, { held }) => {
      const naive = await readAll(held, 'naive', way);
      expect(holds(naive, api.token())).toBe(true);

      const guarded = await readAll(held, 'guarded', way);

      expect(holds(guarded, api.token())).toBe(false);
      const signature = api.token().split('.')[2] ?? '';
      expect(guarded).not.toContain(signature.slice(0, 20));
    },
  );

  test('is reported to the page and to the report endpoint, without a secret, once', async ({ page }) => {
    // A session of its own, whose worker has reported nothing before: it reports the same again after a minute.
    await signIn(page, stack);
    await page.evaluate(() => {
      window.alarms = [];
      window.tokenward.onAlarm((alarm) => window.alarms.push(alarm));
    });
    api.clearReports();
    await readAll(page, 'guarded', 'text');

    await expect.poll(() => api.reports.length, POLL).toBe(1);
    await expect.poll(() => page.evaluate(() => window.alarms.length), POLL).toBe(1);
    const alarms = await page.evaluate(() => window.alarms);
    expect(alarms).toEqual([
      {
        tripwire: 'token_reflected',
        consequence: 'stopped',
        atMs: expect.any(Number),
        count: 1,
        url: expect.stringContaining(`${api.origin}/guarded/debug/`),
      },
    ]);
    expect(api.reports).toEqual([{ alarm: alarms[0], contentType: 'application/json', authorization: undefined }]);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });
});

describe('a response that the rule does not stop', () => {
  test('comes while the API still writes it, and ends when the page cancels it', async ({ held }) => {
    const before = api.countAborted();

    const first = await held.evaluate(async (url) => {
      const reader = (await fetch(url)).body?.pipeThrough(new TextDecoderStream()).getReader();
      const part = await reader?.read();
      await reader?.cancel();
      return part?.value;
    }, `${api.origin}/guarded/endless`);

    expect(first).toBe('first part\n');
    await expect.poll(() => api.countAborted(), POLL).toBe(before + 1);
  });

  test('ends with the signal of its request', async ({ held }) => {
    const before = api.countAborted();

    const outcome = await held.evaluate(async (url) => {
      const controller = new AbortController();
      const response = await fetch(url, { signal: controller.signal });
      const text = response.text().catch((error: unknown) => (error instanceof Error ? error.name : ''));
      controller.abort();
      return text;
    }, `${api.origin}/guarded/endless`);

    expect(outcome).toBe('AbortError');
    await expect.poll(() => api.countAborted(), POLL).toBe(before + 1);
  });

  test.for<[what: string, path: string, init: RequestInit]>([
    ['204', 'status/204', { method: 'DELETE' }],
    ['205', 'status/205', { method: 'POST', body: 'x' }],
    ['304', 'status/304', { headers: { 'if-none-match': '"1"' } }],
    ['HEAD', 'notes', { method: 'HEAD' }],
    ['HEAD with 204', 'status/204', { method: 'HEAD' }],
    ['a redirect that is not followed', 'moved', { redirect: 'manual' }],
    ['nothing but an error, where no redirect is allowed', 'moved', { redirect: 'error' }],
  ])('is the same as without the rule, though it has no body: %s', async ([, path, init], { held }) => {
    const outcomeAt = (kind: string): Promise<object> =>
      held.evaluate(
        ([url, given]) =>
          fetch(url, given).then(
            async (response) => ({ status: response.status, text: await response.text() }),
            (error: unknown) => ({ error: String(error) }),
          ),
        [`${api.origin}/${kind}/${path}`, init] as const,
      );

    const outcome = await outcomeAt('naive');

    expect(outcome).toEqual(
      'redirect' in init && init.redirect === 'error'
        ? { error: expect.stringContaining('Failed to fetch') }
        : { status: expect.any(Number), text: '' },
    );
    expect(await outcomeAt('guarded')).toEqual(outcome);
  });

  test('reveals less of its origin than one without the rule, as the reference warns', async ({ held }) => {
    const traitsAt = (kind: string): Promise<object> =>
      held.evaluate(async (url) => {
        const { status, ok, redirected, type, url: from, headers } = await fetch(url);
        return { status, ok, redirected, type, path: new URL(from).pathname, contentType: headers.get('content-type') };
      }, `${api.origin}/${kind}/moved`);

    const same = { status: 200, ok: true, contentType: 'application/json' };
    expect(await traitsAt('naive')).toEqual({ ...same, redirected: true, type: 'cors', path: '/naive/notes' });
    expect(await traitsAt('guarded')).toEqual({ ...same, redirected: false, type: 'basic', path: '/guarded/moved' });
  });
});

// Last: the page that is held would get the changed worker too, whenever its browser looks for an update.
describe('an API that repeats the proof', () => {
  test('gives the DPoP proof to the naive page alone', async ({ page }) => {
    stack.app.configure({ worker: { ...workerOptions(), dpop: 'required' } });
    await signIn(page, stack);

    const naive = await readAll(page, 'naive', 'proof');
    const guarded = await readAll(page, 'guarded', 'proof');

    expect(naive).toMatch(/DPoP: ey[\w-]+\.[\w-]+\.[\w-]{86}/);
    expect(guarded).not.toMatch(/\.[\w-]{20}/);
  });
});
