import { expose } from 'comlink';
import { hasMembers } from '../../src/protocol/json.ts';
import { serializeError } from '../../src/protocol/error.ts';
import type { Answer, WorkerApi, WorkerMethod } from '../../src/protocol/worker-api.ts';
import { parseCall } from './gate.ts';

/** The worker's answers to calls, before they are wrapped for the way back. Arguments are whatever the page sent. */
export type CallHandlers = {
  readonly [M in WorkerMethod]: (argument: unknown) => Promise<Awaited<ReturnType<WorkerApi[M]>>>;
};

/** No call takes longer; a worker is not kept awake for one that does. In milliseconds. */
const LONGEST_CALL_MS = 30_000;

/** Whether a message opens a channel for one call. */
export function isCallEnvelope(data: unknown): boolean {
  return hasMembers(data) && data['type'] === 'tokenward:call';
}

/**
 * Answers one call on a port, then closes it.
 *
 * @param port the channel that the page opened for this call
 * @param handlers what answers
 * @returns settles when the call was answered, refused or took too long: keep the worker alive until then
 */
export function acceptCall(port: MessagePort, handlers: CallHandlers): Promise<void> {
  return new Promise((resolve) => {
    const close = (): void => {
      clearTimeout(timer);
      port.close();
      resolve();
    };
    const timer = setTimeout(close, LONGEST_CALL_MS);
    let calls = 0;
    expose(answering(handlers), {
      addEventListener: (_type: string, listener: EventListenerOrEventListenerObject) => {
        port.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
          const call = calls++ === 0 ? parseCall(data) : undefined;
          if (!call) return close();
          const event = new MessageEvent('message', { data: call });
          if (typeof listener === 'function') listener(event);
          else listener.handleEvent(event);
        });
      },
      removeEventListener: () => {},
      postMessage: (message: unknown) => {
        port.postMessage(message);
        // The message is on its way: a port that closes afterwards still delivers it.
        close();
      },
      start: () => port.start(),
    });
  });
}

/** An object with the allow-listed methods and nothing else, not even a prototype. */
function answering(handlers: CallHandlers): object {
  const methods = Object.entries(handlers).map(([name, handle]) => [
    name,
    async (argument: unknown): Promise<Answer<unknown>> => {
      try {
        return { ok: true, value: await handle(argument) };
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'TokenwardError') console.error('tokenward:', error);
        return { ok: false, error: serializeError(error) };
      }
    },
  ]);
  return Object.freeze(Object.assign(Object.create(null), Object.fromEntries(methods)));
}
