import { hasMembers, hasStrings } from '../../src/protocol/json.ts';

/** What the active worker hands to the version that follows it. */
export interface Estate {
  /** The fingerprint of its configuration. */
  readonly configuration: string;
  /** The bits of the key that its records are sealed under. */
  readonly key?: ArrayBuffer | undefined;
  /** Its records, where they are in memory only, or the next version can seal none. */
  readonly records?: Readonly<Record<string, unknown>>;
}

/** Time limit for the active worker to acknowledge the request, and another one to hand over, in milliseconds. */
const PATIENCE_MS = 8000;

/**
 * Asks the active worker, from the install event of the next version, for what it holds.
 *
 * @param active the active worker
 * @param seals whether this version can seal records itself: then it needs the key, else the records
 * @param take what takes it; it is called again when the active worker has changed something since
 * @returns settles when it was taken, or the active worker is no Tokenward
 * @throws Error if it is one and does not hand over: the installation fails, and the session stays where it is
 */
export function requestEstate(
  active: ServiceWorker,
  seals: boolean,
  take: (estate: Estate) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    let timer = setTimeout(resolve, PATIENCE_MS);
    port1.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      // Each step has its own time limit: once there was an acknowledgement, silence is no consent any more.
      clearTimeout(timer);
      if (isEstate(data)) take(data).then(resolve, reject);
      else timer = setTimeout(reject, PATIENCE_MS, new Error('The active worker did not hand over.'));
    });
    port1.start();
    active.postMessage({ type: 'tokenward:handover', seals }, [port2]);
  });
}

/** Whether a message asks for a handover. */
export function isHandoverRequest(data: unknown): data is { readonly seals: unknown } {
  return hasMembers(data) && data['type'] === 'tokenward:handover';
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
 * Whether the sender of a message can be no version of this worker at all: a page, or a worker of another script. A version
 * that has asked too late, and is not being installed any more, is no stranger.
 */
export function isStranger(source: ExtendableMessageEvent['source'], scriptUrl: string): boolean {
  return source instanceof ServiceWorker ? source.scriptURL !== scriptUrl : source !== null;
}

/** What comes from the active worker, which only the browser can have given the port, needs no more of a look. */
function isEstate(data: unknown): data is Estate {
  return hasStrings(data, 'configuration');
}
