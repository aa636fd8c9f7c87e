/** Begins the name of every mark, so that the trace's other events can be told from them. */
export const MARK_PREFIX = 'start-up:';

/**
 * Marks, around what the worker calls of the browser, when it begins and ends. `handed-on` is the first request that the worker
 * sends; what the page waits for comes before.
 */
const MARK_CALLS = `
const mark = (name) => performance.mark('${MARK_PREFIX}' + name);
const around = (prototype, method, wrap) => {
  const original = prototype[method];
  prototype[method] = function (...args) { return wrap(() => original.apply(this, args), args); };
};
addEventListener('fetch', () => mark('event'));
around(FetchEvent.prototype, 'respondWith', (call) => { mark('matched'); return call(); });
around(IDBFactory.prototype, 'open', (call) => { mark('open'); return call(); });
around(IDBObjectStore.prototype, 'get', (call) => {
  mark('opened');
  const request = call();
  request.addEventListener('success', () => mark('read'));
  return request;
});
around(SubtleCrypto.prototype, 'importKey', async (call, [, , algorithm]) => {
  if (algorithm === 'HKDF') mark('derive');
  const key = await call();
  if (algorithm !== 'HKDF') mark('key');
  return key;
});
around(SubtleCrypto.prototype, 'decrypt', async (call) => {
  mark('decrypt');
  const text = await call();
  mark('decrypted');
  return text;
});
around(self, 'fetch', (call) => { mark('handed-on'); return call(); });
`;

/**
 * Puts marks around the parts of a worker's script and into it, for a trace. The library itself has none.
 *
 * @param script the library, and the call that starts it
 * @param library what takes the library's place, such as an earlier build
 */
export function markParts(script: string, library?: string): string {
  const [built = '', call = ''] = script.split('\ntokenward.start(');
  return `{${MARK_CALLS}mark('begin');}
${library ?? built}
performance.mark('${MARK_PREFIX}library');
tokenward.start(${call}
performance.mark('${MARK_PREFIX}started');
`;
}

/** What the page does in a round: a request, marked. It returns the status. */
export async function requestMarked({ url, prefix }: { url: string; prefix: string }): Promise<number> {
  performance.mark(`${prefix}page`);
  const response = await fetch(url);
  await response.arrayBuffer();
  performance.mark(`${prefix}end`);
  return response.status;
}
