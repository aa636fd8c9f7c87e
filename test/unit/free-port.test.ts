import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../support/free-port.ts';

test('a free port is none that the system gives to a connection', async () => {
  const port = await freePort();

  expect(port).toBeGreaterThanOrEqual(12_000);
  expect(port).toBeLessThan(30_000);
});

test('a free port is none that something listens at', async () => {
  const server = createServer().listen(await freePort(), '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const taken = typeof address === 'object' ? address?.port : undefined;
  const random = vi.spyOn(Math, 'random');
  onTestFinished(() => random.mockRestore());
  random.mockReturnValueOnce((Number(taken) - 12_000 + 0.5) / 18_000);

  expect(await freePort()).not.toBe(taken);
  expect(random.mock.calls.length).toBeGreaterThan(1);
});
