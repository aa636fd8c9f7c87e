import { hasMembers } from '../../src/protocol/json.ts';

/** What the active worker hands to the version that follows it. */
export interface Estate {
  /** The bits of the key that its records are sealed under. */
  readonly key?: Uint8Array<ArrayBuffer>;
  /** Its records, where they are in its memory only. */
  readonly records?: Readonly<Record<string, unknown>>;
  /** The fingerprint of its configuration. */
  readonly configuration: string;
}

/** What the next version can make use of. */
export type EstateKind = 'key' | 'records';

/** How long the active worker may take to answer, in milliseconds. */
const PATIENCE_MS = 5000;

/**
 * Asks the active worker, from the install event of the next version, for what it holds.
 *
 * @param active the active worker
 * @param wants the key if this version can seal records itself, else the records
 * @returns `undefined` if it holds nothing
 * @throws Error if it does not answer: the installation fails, and the session stays where it is
 */
export function requestEstate(active: ServiceWorker, wants: EstateKind): Promise<Estate | undefined> {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    const timer = setTimeout(() => reject(new Error('The active worker did not hand over.')), PATIENCE_MS);
    port1.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      clearTimeout(timer);
      port1.close();
      resolve(parseEstate(data));
    });
    port1.start();
    active.postMessage({ type: 'tokenward:handover', wants }, [port2]);
  });
}

/** What a message asks for, if it asks for a handover. */
export function parseHandoverRequest(data: unknown): EstateKind | undefined {
  if (!hasMembers(data) || data['type'] !== 'tokenward:handover') return undefined;
  return data['wants'] === 'key' ? 'key' : 'records';
}

/**
 * Whether the sender of a message is the next version of this very worker: a service worker that is being installed, with
 * the same script URL. The browser sets the source of a message; a page cannot. (In Firefox the object is another than
 * `registration.installing`, so state and URL are compared.)
 */
export function isNextVersion(source: ExtendableMessageEvent['source'], scriptUrl: string): source is ServiceWorker {
  return source instanceof ServiceWorker && source.state === 'installing' && source.scriptURL === scriptUrl;
}

function parseEstate(data: unknown): Estate | undefined {
  if (!hasMembers(data) || typeof data['configuration'] !== 'string') return undefined;
  const { configuration, key, records } = data;
  return {
    configuration,
    ...(key instanceof Uint8Array && key.length === 32 ? { key: new Uint8Array(key) } : {}),
    ...(hasMembers(records) ? { records } : {}),
  };
}
