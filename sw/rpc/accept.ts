import { expose } from 'comlink';
import { hasMembers } from '../../src/protocol/json.ts';
import { isTokenwardError, serializeError, TokenwardError } from '../../src/protocol/error.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import type { Answer, WorkerApi, WorkerMethod } from '../../src/protocol/worker-api.ts';
import { parseCall } from './gate.ts';

/** The worker's answers to calls, before they are wrapped for the way back. Arguments are whatever the page sent. */
export type CallHandlers = {
  readonly [M in WorkerMethod]: (argument: unknown) => Promise<Awaited<ReturnType<WorkerApi[M]>>>;
};

/** No call takes longer; a worker is not kept awake for one that does. In milliseconds. */
const MAX_CALL_MS = 30_000;

/** Whether a message opens a channel for one call. */
export function isCallEnvelope(data: unknown): data is { readonly protocolVersion?: unknown } {
  return hasMembers(data) && data['type'] === 'tokenward:call';
}

/**
 * Answers one call on a port, then closes the port.
 *
 * @param port the channel that the page opened for this call
 * @param handlers handlers of the methods
 * @param protocolVersion protocol of the page; a page of another release may call only `handshake`
 * @returns a promise that resolves when the call was answered, refused or took too long: keep the worker alive until then
 */
export function acceptCall(port: MessagePort, handlers: CallHandlers, protocolVersion: unknown): Promise<void> {
  return new Promise((resolve) => {
    const close = (): void => {
      clearTimeout(timer);
      port.close();
      resolve();
    };
    const timer = setTimeout(close, MAX_CALL_MS);
    expose(answering(handlers, protocolVersion), {
      addEventListener: (type: string, listener: EventListenerOrEventListenerObject) => {
        const pass = ({ data }: MessageEvent<unknown>): void => {
          const call = parseCall(data);
          if (call && typeof listener === 'function') listener(new MessageEvent(type, { data: call }));
          else close();
        };
        port.addEventListener('message', pass, { once: true });
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

/** Creates an object with the allowed methods only, and without a prototype. */
function answering(handlers: CallHandlers, protocolVersion: unknown): object {
  type Method = (argument: unknown) => Promise<Answer<unknown>>;
  const methods = Object.entries(handlers).map(([name, handle]): [string, Method] => [
    name,
    async (argument) => {
      try {
        if (protocolVersion !== PROTOCOL_VERSION && name !== 'handshake') throw versionMismatch();
        return { ok: true, value: await handle(argument) };
      } catch (error) {
        if (!isTokenwardError(error)) console.error('tokenward:', error);
        return { ok: false, error: serializeError(error) };
      }
    },
  ]);
  return Object.freeze({ __proto__: null, ...Object.fromEntries(methods) });
}

function versionMismatch(): TokenwardError {
  return new TokenwardError('worker_version_mismatch', 'The page is of another release than the worker. Reload it.');
}
