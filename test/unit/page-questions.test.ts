import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PageQuestions } from '../../sw/rpc/page-questions.ts';

const WAIT_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.spyOn(globalThis, 'setTimeout');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Waits for tasks, such as the messages of a port, until a condition holds. The clock stands still. */
async function turnUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** The waits for a page that have begun. */
function waits(): readonly unknown[] {
  return vi.mocked(setTimeout).mock.calls.filter(([, ms]) => ms === WAIT_MS);
}

/** The questions of a worker to one page, which gets messages with a port. */
function setUp() {
  const messages: unknown[] = [];
  const ports: MessagePort[] = [];
  const postMessage = (message: unknown, transfer: readonly unknown[] = []): void => {
    messages.push(message);
    for (const item of transfer) if (item instanceof MessagePort) ports.push(item);
  };
  const questions = new PageQuestions({
    registrationScope: () => 'https://app.example/',
    listWindows: async () => [{ id: 'page', postMessage }],
  });
  const ask = (clientId: string = 'page', signal: AbortSignal = new AbortController().signal) =>
    questions.ask({ type: 'question' }, { clientId, waitMs: WAIT_MS, signal });
  /** Waits until the page has been asked, and sends answers on the channel of the question. */
  const answer = async (index: number, ...answers: readonly string[]): Promise<void> => {
    await turnUntil(() => ports[index] !== undefined);
    for (const text of answers) ports[index]?.postMessage(text);
  };
  return { ask, answer, messages, ports };
}

describe('a page that is asked', () => {
  test('answers when it has waited', async () => {
    const { ask, answer, messages } = setUp();
    const asked = ask();

    await answer(0, 'waiting', 'answered');

    expect(await asked).toBe(true);
    expect(messages).toEqual([{ type: 'question', scope: 'https://app.example/' }]);
  });

  test.for([['not-answered'], ['waiting', 'not-answered'], ['anything'], ['waiting', 'yes']])(
    'has not answered by %o',
    async (answers) => {
      const { ask, answer } = setUp();
      const asked = ask();

      await answer(0, ...answers);

      expect(await asked).toBe(false);
    },
  );

  test('has five seconds to say that it waits', async () => {
    const { ask, answer } = setUp();
    const asked = ask();
    await answer(0);

    await vi.advanceTimersByTimeAsync(5000);

    expect(await asked).toBe(false);
  });

  test('is waited for no longer than the resource says', async () => {
    const { ask, answer } = setUp();
    const asked = ask();
    await answer(0, 'waiting');
    await turnUntil(() => waits().length > 0);

    await vi.advanceTimersByTimeAsync(WAIT_MS);

    expect(await asked).toBe(false);
  });

  test('cannot make the wait longer by saying again that it waits', async () => {
    const { ask, answer } = setUp();
    const asked = ask();
    await answer(0, 'waiting', 'waiting', 'waiting', 'answered');

    expect(await asked).toBe(true);
    expect(waits()).toHaveLength(1);
  });

  test('is not waited for after its request was aborted', async () => {
    const { ask, answer } = setUp();
    const controller = new AbortController();
    const asked = ask('page', controller.signal);
    await answer(0, 'waiting');

    controller.abort();

    expect(await asked).toBe(false);
    expect(await ask('page', AbortSignal.abort())).toBe(false);
  });

  test('is not there if the request is of a worker, and gets no message', async () => {
    const { ask, messages } = setUp();

    expect(await ask('worker')).toBeUndefined();
    expect(messages).toEqual([]);
  });

  test('is asked 50 times at once at most, and again when one has ended', async () => {
    const { ask, answer, ports } = setUp();
    const asked = Array.from({ length: 50 }, () => ask());

    expect(await ask()).toBeUndefined();
    await answer(49, 'not-answered');
    await asked[49];
    void ask();

    await turnUntil(() => ports.length > 50);
    expect(ports).toHaveLength(51);
  });
});
