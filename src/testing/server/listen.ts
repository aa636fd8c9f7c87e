import { createServer, type RequestListener } from 'node:http';

/** A server that listens. */
export interface TestListener {
  readonly origin: string;
  readonly close: () => Promise<void>;
}

/**
 * Listens on localhost.
 *
 * @param listener answers requests
 * @param port 0 for any free one
 */
export async function listen(listener: RequestListener, port: number): Promise<TestListener> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, 'localhost', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    origin: `http://localhost:${address.port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
