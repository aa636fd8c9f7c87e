/** Begins the name of every mark. */
export const MARK_PREFIX = 'start-up:';

/** What a page asks a worker for its marks with. */
export const ASK_FOR_MARKS = 'start-up:marks?';

/** What a worker answers: when each thing of its life happened the first time, in milliseconds. */
export interface WorkerMarks {
  /** When the worker came to be, since 1970; the moments are since then. Each start has another one. */
  readonly originMs: number;
  readonly moments: Readonly<Record<string, number>>;
  /** The step of the worker's clock. */
  readonly clockStepMs: number;
}

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
const { setTimeout: later } = self;
self.setTimeout = (act, ...rest) => {
  // What is put off while the script is evaluated is done when it has been.
  const isEvaluated = performance.getEntriesByName('${MARK_PREFIX}started').length > 0;
  return later(isEvaluated ? act : () => { mark('assemble'); act(); mark('assembled'); }, ...rest);
};
around(self, 'fetch', (call) => { mark('handed-on'); return call(); });
`;

/** Tells a page that asks. The step of the clock is looked for then, when nothing is measured any more. */
const TELL_MARKS = `
const clockStepMs = () => {
  const steps = [];
  let last = performance.now();
  while (steps.length < 20) {
    const now = performance.now();
    if (now > last) steps.push(now - last);
    last = now;
  }
  return Math.min(...steps);
};
addEventListener('message', ({ data, ports: [port] }) => {
  if (data !== '${ASK_FOR_MARKS}' || !port) return;
  const marks = performance.getEntriesByType('mark').filter(({ name }) => name.startsWith('${MARK_PREFIX}'));
  const moments = {};
  for (const { name, startTime } of marks) moments[name.slice(${MARK_PREFIX.length})] ??= startTime;
  port.postMessage({ originMs: performance.timeOrigin, moments, clockStepMs: clockStepMs() });
});
`;

/**
 * Puts marks around the parts of a worker's script and into it, which the worker tells a page. The library itself has none.
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
{${TELL_MARKS}}
`;
}
