import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/page/connect.ts';

const ENVELOPE = { type: 'tokenward:call', protocolVersion: 1 };
const HANDSHAKE = { id: '1', type: 'APPLY', path: ['handshake'], argumentList: [] };

let worker: ServiceWorker;
let registration: ServiceWorkerRegistration;
beforeAll(async () => {
  await connect({ worker: '/test/browser/workers/tokenward-sw.js', scope: '/' });
  registration = await navigator.serviceWorker.ready;
  if (!registration.active) throw new Error('There is no worker.');
  worker = registration.active;
});
afterAll(() => registration.unregister());

/** Opens a channel as the page module does, and sends raw messages through it. */
function open(messages: readonly unknown[], transfer: Transferable[] = []): MessagePort {
  const { port1, port2 } = new MessageChannel();
  worker.postMessage(ENVELOPE, [port2]);
  for (const [index, message] of messages.entries()) port1.postMessage(message, index === 0 ? transfer : []);
  return port1;
}

/** Makes a call, and waits for its answer. */
function call(message: unknown): Promise<unknown> {
  return new Promise((resolve) => {
    open([message]).onmessage = ({ data }: MessageEvent<unknown>) => resolve(data);
  });
}

/**
 * Sends raw messages through a channel.
 *
 * @returns what came back by the time that the worker had answered two calls that were made after them
 */
async function send(messages: readonly unknown[], transfer: Transferable[] = []): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  const port = open(messages, transfer);
  port.onmessage = ({ data }: MessageEvent<unknown>) => answers.push(data);
  await call(HANDSHAKE);
  await call(HANDSHAKE);
  port.close();
  return answers;
}

/** The worker still answers, and answers as before. */
async function expectUnharmed(): Promise<void> {
  expect(await call(HANDSHAKE)).toMatchObject({
    id: '1',
    type: 'RAW',
    value: { ok: true, value: { protocolVersion: 1, session: { status: 'signed-out', reason: 'not-signed-in' } } },
  });
}

describe('the worker answers', () => {
  test('a call', async () => {
    expect(await send([HANDSHAKE])).toHaveLength(1);
  });

  test('one call in a channel, not two', async () => {
    expect((await send([HANDSHAKE, HANDSHAKE])).length).toBeLessThanOrEqual(1);
  });

  test('a call with the wrong kind of argument by an error with a code', async () => {
    for (const method of ['prepareAuthorization', 'completeAuthorization']) {
      for (const value of [undefined, null, 7, [], 'x']) {
        const answer = await call({ ...HANDSHAKE, path: [method], argumentList: [{ type: 'RAW', value }] });

        expect(answer).toMatchObject({ value: { ok: false, error: { code: 'request_invalid' } } });
      }
    }
  });
});

describe('the worker does nothing, and answers no more in the same channel, for', () => {
  const compile = { type: 'RAW', value: 'self.harmed = true; return 1' };

  test.for<[what: string, message: unknown]>([
    [
      'CONSTRUCT over the path of a function’s constructor',
      { ...HANDSHAKE, type: 'CONSTRUCT', path: ['handshake', 'constructor'], argumentList: [compile] },
    ],
    [
      'APPLY over the path of a function’s constructor',
      { ...HANDSHAKE, path: ['handshake', 'constructor'], argumentList: [compile] },
    ],
    ['APPLY of call, bind or apply', { ...HANDSHAKE, path: ['handshake', 'call'] }],
    ['GET of a method', { ...HANDSHAKE, type: 'GET' }],
    ['GET of everything', { ...HANDSHAKE, type: 'GET', path: [] }],
    ['SET of a method', { ...HANDSHAKE, type: 'SET', value: compile }],
    ['SET on the prototype', { ...HANDSHAKE, type: 'SET', path: ['__proto__', 'ok'], value: compile }],
    [
      'SET over a function’s prototype',
      { ...HANDSHAKE, type: 'SET', path: ['handshake', '__proto__', 'then'], value: compile },
    ],
    ['ENDPOINT, which would open a channel without a gate', { ...HANDSHAKE, type: 'ENDPOINT' }],
    ['RELEASE', { ...HANDSHAKE, type: 'RELEASE' }],
    ['a method that there is not', { ...HANDSHAKE, path: ['getToken'] }],
    ['an inherited method', { ...HANDSHAKE, path: ['toString'] }],
    ['valueOf', { ...HANDSHAKE, path: ['valueOf'] }],
    ['two arguments', { ...HANDSHAKE, argumentList: [compile, compile] }],
    ['an empty message', undefined],
    ['a string', 'handshake'],
    ['a list', [HANDSHAKE]],
    ['a huge path', { ...HANDSHAKE, path: Array.from({ length: 100_000 }, () => 'handshake') }],
    ['a huge id', { ...HANDSHAKE, id: 'x'.repeat(1_000_000) }],
  ])('%s', async ([, message]) => {
    expect(await send([message, HANDSHAKE])).toEqual([]);

    await expectUnharmed();
  });

  test('a proxy as an argument, with a port of its own', async () => {
    const { port1, port2 } = new MessageChannel();
    const called: unknown[] = [];
    port1.onmessage = ({ data }: MessageEvent<unknown>) => called.push(data);
    const message = { ...HANDSHAKE, path: ['adopt'], argumentList: [{ type: 'HANDLER', name: 'proxy', value: port2 }] };

    expect(await send([message, HANDSHAKE], [port2])).toEqual([]);

    await expectUnharmed();
    expect(called).toEqual([]);
  });
});

describe('the worker ignores', () => {
  test.for<[what: string, message: unknown]>([
    ['an envelope of another type', { type: 'tokenward:debug' }],
    ['no envelope', undefined],
    ['a handover that a page asks for', { type: 'tokenward:handover', wants: 'key' }],
    ['a handover of records that a page asks for', { type: 'tokenward:handover', wants: 'records' }],
    ['a configuration by message', { type: 'tokenward:configure', issuer: 'https://evil.test' }],
    ['workbox’s own message', { type: 'CACHE_URLS', payload: { urlsToCache: ['/'] } }],
  ])('%s: nothing comes back', async ([, message]) => {
    const { port1, port2 } = new MessageChannel();
    const answers: unknown[] = [];
    port1.onmessage = ({ data }: MessageEvent<unknown>) => answers.push(data);

    worker.postMessage(message, [port2]);
    port1.postMessage(HANDSHAKE);
    await call(HANDSHAKE);
    await expectUnharmed();

    expect(answers).toEqual([]);
  });

  test('an envelope without a channel', async () => {
    worker.postMessage(ENVELOPE);

    await expectUnharmed();
  });

  test('a thousand channels at once, of which it may close all but five hundred', async () => {
    const answers = Array.from({ length: 1000 }, () => call(HANDSHAKE));

    expect(await Promise.all(answers.slice(0, 500))).toHaveLength(500);
    await expectUnharmed();
  });

  test('a channel without a message', async () => {
    const { port2 } = new MessageChannel();
    worker.postMessage(ENVELOPE, [port2]);

    await expectUnharmed();
  });
});
