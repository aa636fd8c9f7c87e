import { afterEach, expect, test, vi } from 'vitest';
import { limitCalls } from '../../sw/rpc/call-limit.ts';

const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

/** A port that says when it was closed. */
function portWithClose() {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  return { port: port1, close: vi.spyOn(port1, 'close') };
}

/** Calls that stay open until they are ended. */
function setUp() {
  const open: (() => void)[] = [];
  const accept = vi.fn(() => new Promise<void>((resolve) => void open.push(resolve)));
  const tell = vi.fn(async () => {});
  const withinLimit = limitCalls(tell);
  const call = (port: MessagePort, page: string): Promise<void> => withinLimit(page, port, accept);
  return { call, accept, tell, end: () => open.shift()?.() };
}

test('a page that holds five hundred calls open gets no more, and the worker says so', async () => {
  const { call, accept, tell } = setUp();
  const { port } = portWithClose();
  for (let count = 0; count < 500; count++) void call(port, 'page');
  const { port: refused, close } = portWithClose();

  await call(refused, 'page');

  expect(accept).toHaveBeenCalledTimes(500);
  expect(close).toHaveBeenCalledOnce();
  expect(tell).toHaveBeenCalledOnce();
});

test('a page that holds none open is answered while another one does', async () => {
  const { call, accept, tell } = setUp();
  const { port } = portWithClose();
  for (let count = 0; count < 600; count++) void call(port, 'page');

  void call(portWithClose().port, 'another page');

  expect(accept).toHaveBeenCalledTimes(501);
  expect(tell).toHaveBeenCalledTimes(100);
});

test('a call that was answered no longer counts', async () => {
  const { call, accept, tell, end } = setUp();
  const { port } = portWithClose();
  const first = call(port, 'page');
  for (let count = 1; count < 500; count++) void call(port, 'page');

  end();
  await first;
  void call(port, 'page');

  expect(accept).toHaveBeenCalledTimes(501);
  expect(tell).not.toHaveBeenCalled();
});
