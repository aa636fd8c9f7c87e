import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { afterRunning } from '../../src/page/running-time.ts';
import { inTime } from '../../src/page/wait-for.ts';

const page = { prerendering: false };
let nowMs = 0;

beforeEach(() => {
  nowMs = 0;
  page.prerendering = false;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  vi.stubGlobal('document', page);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Has the timers of the page run a number of times, each so long after the one before. */
function tick(times: number, apartMs: number = 1000): void {
  for (let time = 0; time < times; time++) {
    nowMs += apartMs;
    vi.advanceTimersByTime(1000);
  }
}

/** Begins to count twenty seconds. */
function count(signal: AbortSignal = new AbortController().signal): ReturnType<typeof vi.fn> {
  const act = vi.fn<() => void>();
  afterRunning(20_000, { act, signal });
  return act;
}

describe('a time limit of the page', () => {
  test('is over when the page has run for so long, once', () => {
    const act = count();

    tick(19);
    expect(act).not.toHaveBeenCalled();
    tick(10);

    expect(act).toHaveBeenCalledTimes(1);
  });

  test.for<[what: string, awayMs: number]>([
    ['was frozen for ten minutes', 600_000],
    ['was kept by the back/forward cache for an hour', 3_600_000],
    ['slept with its machine for a night', 28_800_000],
    ['stood in a debugger for a minute', 60_000],
  ])('is not over when the page %s', ([, awayMs]) => {
    const act = count();
    tick(10);

    tick(1, awayMs);
    expect(act).not.toHaveBeenCalled();
    tick(4);
    expect(act).not.toHaveBeenCalled();

    tick(1);
    expect(act).toHaveBeenCalledTimes(1);
  });

  test('does not begin while the page is prerendered', () => {
    page.prerendering = true;
    const act = count();
    tick(100);
    expect(act).not.toHaveBeenCalled();

    page.prerendering = false;
    tick(20);

    expect(act).toHaveBeenCalledTimes(1);
  });

  test('is over in a hidden page too, whose timers run once a minute', () => {
    const act = count();

    tick(3, 60_000);
    expect(act).not.toHaveBeenCalled();
    tick(1, 60_000);

    expect(act).toHaveBeenCalledTimes(1);
  });

  test('ends with its signal', () => {
    const ending = new AbortController();
    const act = count(ending.signal);

    ending.abort();
    tick(100);

    expect(act).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a wait for the browser', () => {
  test('rejects with worker_timeout when the page has run for twenty seconds', async () => {
    const waiting = inTime(new Promise<never>(() => {}));
    const outcome = expect(waiting).rejects.toMatchObject({ code: 'worker_timeout', retryable: true });

    tick(20);

    await outcome;
  });

  test('leaves no timer when it ends before', async () => {
    expect(await inTime(Promise.resolve('there'))).toBe('there');
    expect(vi.getTimerCount()).toBe(0);
  });
});
