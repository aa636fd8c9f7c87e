import { hasMembers, hasStrings, type UnknownMembers } from '../../src/protocol/json.ts';

/** Payload that the active worker passes to its next version. */
export interface HandoverPayload {
  /** Fingerprint of its configuration. */
  readonly configuration: string;
  /** Raw bits of the key that seals its records. */
  readonly key?: ArrayBuffer | undefined;
  /**
   * Records of the active worker, if they are in memory only or the next version cannot seal any. Each is parsed where it is read from
   * the vault.
   */
  readonly records?: UnknownMembers | undefined;
}

/** Request of the next version for the handover payload. */
export interface HandoverRequest {
  /** Whether the next version can seal records itself. */
  readonly seals: boolean;
}

/** Time limit, in milliseconds, for the active worker to acknowledge the request, and again to hand over. */
const TIMEOUT_MS = 8000;

/**
 * Requests the handover payload from the active worker, in the install event of the next version.
 *
 * @param active the active worker
 * @param seals whether this version can seal records itself: then it needs the key, otherwise the records
 * @param take receives the payload, and receives it again if the active worker has changed something since
 * @returns a promise that resolves when the payload is taken over, or when the active worker is not Tokenward
 * @throws Error if the active worker acknowledged the request and does not hand over: the installation fails, and the session
 *   stays where it is
 */
export function requestHandoverPayload(
  active: ServiceWorker,
  seals: boolean,
  take: (payload: HandoverPayload) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    let timer = setTimeout(resolve, TIMEOUT_MS);
    port1.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      // Each step has its own time limit: after an acknowledgement, silence means failure.
      clearTimeout(timer);
      const payload = parseHandoverPayload(data);
      if (payload) take(payload).then(resolve, reject);
      else timer = setTimeout(reject, TIMEOUT_MS, new Error('The active worker did not hand over.'));
    });
    port1.start();
    active.postMessage({ type: 'tokenward:handover', seals }, [port2]);
  });
}

/** Parses the request for a handover; `undefined` if a message is none. */
export function parseHandoverRequest(data: unknown): HandoverRequest | undefined {
  if (!hasMembers(data) || data['type'] !== 'tokenward:handover') return undefined;
  return { seals: data['seals'] === true };
}

/**
 * Whether the sender of a message is the next version of this very worker: a service worker that is being installed, with
 * the same script URL. The browser sets the source of a message; a page cannot. (In Firefox the object is another than
 * `registration.installing`, so state and URL are compared.)
 */
export function isNextVersion(source: ExtendableMessageEvent['source'], scriptUrl: string): boolean {
  return source instanceof ServiceWorker && source.state === 'installing' && source.scriptURL === scriptUrl;
}

/**
 * Whether the sender of a message cannot be any version of this worker: a page, or a worker of another script. A version that
 * has asked too late and is not being installed any more is not a stranger.
 */
export function isStranger(source: ExtendableMessageEvent['source'], scriptUrl: string): boolean {
  return source instanceof ServiceWorker ? source.scriptURL !== scriptUrl : source !== null;
}

/** Parses the handover payload; `undefined` if a message is none, such as the acknowledgement of the request. */
export function parseHandoverPayload(data: unknown): HandoverPayload | undefined {
  if (!hasStrings(data, 'configuration')) return undefined;
  const { configuration, key, records } = data;
  return {
    configuration,
    key: key instanceof ArrayBuffer ? key : undefined,
    records: hasMembers(records) ? records : undefined,
  };
}
