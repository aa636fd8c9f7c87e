import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ACTIVATE, type BusyEvent, ActivationDelay } from '../../sw/lifecycle/activation-delay.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

interface OpenEvent extends BusyEvent {
  /** Whether the version must stay busy for the event. */
  readonly isOpen: () => boolean;
}

/** An event as the browser dispatches it. */
function createEvent(handled?: Promise<unknown>): OpenEvent {
  let open = 0;
  return {
    waitUntil: (promise) => {
      open += 1;
      void promise.finally(() => (open -= 1));
    },
    isOpen: () => open > 0,
    ...(handled && { handled }),
  };
}

interface NextVersion {
  state: ServiceWorkerState;
  readonly messages: unknown[];
  readonly postMessage: (message: unknown) => void;
}

function createNextVersion(state: ServiceWorkerState): NextVersion {
  const messages: unknown[] = [];
  return { state, messages, postMessage: (message) => void messages.push(message) };
}

/** Starts the active version; what it finds as its next version may change. */
function startVersion(found: { next: NextVersion | undefined }): ActivationDelay {
  return new ActivationDelay({
    findSuccessor: () => found.next,
    now: () => Date.now(),
    delay: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
  });
}

/** Dispatches an event that ends at once, and passes the time until the next one. */
async function passEvents(activationDelay: ActivationDelay, count: number, gapMs: number): Promise<void> {
  for (let events = 0; events < count; events++) {
    activationDelay.note(createEvent(Promise.resolve()));
    await vi.advanceTimersByTimeAsync(gapMs);
  }
}

describe('the active version', () => {
  test('is not kept busy while there is no next version', () => {
    const event = createEvent();

    startVersion({ next: undefined }).note(event);

    expect(event.isOpen()).toBe(false);
  });

  test('stays busy while the next version is being installed, until the pages are quiet', async () => {
    const next = createNextVersion('installing');
    const request = createEvent();
    const activationDelay = startVersion({ next });

    activationDelay.note(request);
    await vi.advanceTimersByTimeAsync(5000);
    next.state = 'installed';
    await passEvents(activationDelay, 20, 100);
    expect(request.isOpen()).toBe(true);
    await vi.advanceTimersByTimeAsync(600);

    expect(request.isOpen()).toBe(false);
    expect(next.messages).toEqual([]);
  });

  test('asks the next version to ask again if it was started when that one had asked', () => {
    const next = createNextVersion('installed');
    const event = createEvent();

    startVersion({ next }).note(event);

    expect(next.messages).toEqual([ACTIVATE]);
    expect(event.isOpen()).toBe(true);
  });

  test('gives way at the end of a response if the pages are never quiet', async () => {
    const next = createNextVersion('installed');
    const first = createEvent();
    const activationDelay = startVersion({ next });
    activationDelay.note(first);
    await passEvents(activationDelay, 25, 100);
    expect(first.isOpen()).toBe(true);

    await passEvents(activationDelay, 15, 100);

    expect(first.isOpen()).toBe(false);
  });

  test('does not give way between a request and its response', async () => {
    const next = createNextVersion('installed');
    const first = createEvent();
    const activationDelay = startVersion({ next });
    activationDelay.note(first);
    let respond = (): void => {};
    const response = new Promise<void>((resolve) => {
      respond = resolve;
    });
    for (let elapsedMs = 0; elapsedMs < 4000; elapsedMs += 100) {
      activationDelay.note(createEvent(response));
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(first.isOpen()).toBe(true);

    respond();
    await vi.advanceTimersByTimeAsync(0);

    expect(first.isOpen()).toBe(false);
  });

  test.for(['activating', 'redundant'] as const)('is not kept busy for a next version that is %s', async (state) => {
    const next = createNextVersion('installing');
    const event = createEvent();
    startVersion({ next }).note(event);

    next.state = state;
    await vi.advanceTimersByTimeAsync(100);

    expect(event.isOpen()).toBe(false);
  });

  test('stays busy for at most ten seconds, whatever the browser tells of responses', async () => {
    const next = createNextVersion('installed');
    const first = createEvent();
    const activationDelay = startVersion({ next });
    activationDelay.note(first);
    for (let elapsedMs = 0; elapsedMs < 11_000; elapsedMs += 100) {
      activationDelay.note(createEvent());
      await vi.advanceTimersByTimeAsync(100);
    }

    expect(first.isOpen()).toBe(false);
  });

  test('stays busy once for each next version, and again for the one after', async () => {
    const found = { next: createNextVersion('installed') };
    const activationDelay = startVersion(found);
    activationDelay.note(createEvent());
    await vi.advanceTimersByTimeAsync(1000);
    const second = createEvent();
    activationDelay.note(second);
    expect(second.isOpen()).toBe(false);

    found.next = createNextVersion('installing');
    const third = createEvent();
    activationDelay.note(third);

    expect(third.isOpen()).toBe(true);
  });

  test('goes on after an installation that took too long, and helps when the version is installed', async () => {
    const next = createNextVersion('installing');
    const activationDelay = startVersion({ next });
    const first = createEvent();
    activationDelay.note(first);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(first.isOpen()).toBe(false);

    next.state = 'installed';
    const second = createEvent();
    activationDelay.note(second);

    expect(second.isOpen()).toBe(true);
    expect(next.messages).toEqual([ACTIVATE]);
  });
});
