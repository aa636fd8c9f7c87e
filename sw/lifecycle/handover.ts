import { hasMembers } from '../../src/protocol/json.ts';

/** What the active worker hands to the version that follows it. */
export interface Estate {
  /** The fingerprint of its configuration. */
  readonly configuration: string;
  /** The secret that its records are sealed with, where they are sealed. */
  readonly secret: string | undefined;
  /** Its records, for a version that can seal none. */
  readonly records: Readonly<Record<string, unknown>>;
}

/** How long the active worker may take to answer, in milliseconds. */
const PATIENCE_MS = 5000;

/**
 * Asks the active worker, from the install event of the next version, for what it holds.
 *
 * @returns `undefined` if it holds nothing
 * @throws Error if it does not answer: the installation fails, and the session stays where it is
 */
export function requestEstate(active: ServiceWorker): Promise<Estate | undefined> {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    const timer = setTimeout(reject, PATIENCE_MS, new Error('The active worker did not hand over.'));
    port1.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      clearTimeout(timer);
      port1.close();
      resolve(parseEstate(data));
    });
    port1.start();
    active.postMessage({ type: 'tokenward:handover' }, [port2]);
  });
}

/** Whether a message asks for a handover. */
export function isHandoverRequest(data: unknown): boolean {
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

function parseEstate(data: unknown): Estate | undefined {
  if (!hasMembers(data)) return undefined;
  const { configuration, secret, records } = data;
  return typeof configuration === 'string' && hasMembers(records)
    ? { configuration, secret: typeof secret === 'string' ? secret : undefined, records }
    : undefined;
}
