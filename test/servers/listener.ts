import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What answers the requests. */
export type RequestListener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A server that listens on this machine only. */
export interface Listener {
  readonly origin: string;
  readonly port: number;
  /** Answers no more requests: open connections are cut and new ones too, as if the network were gone. */
  goOffline(): void;
  /** Answers again after {@link Listener.goOffline}. */
  goOnline(): void;
  /** Stops listening and cuts what is still open. */
  close(): Promise<void>;
}

/**
 * Listens on `localhost`.
 *
 * @param createRequestListener makes what answers the requests, once the origin is known, of the server that gets them
 * @param preferredPort the port to try first; when it is taken, or 0, any free port
 */
export async function listen(
  createRequestListener: (origin: string, server: Server) => RequestListener,
  preferredPort: number = 0,
): Promise<Listener> {
  const sockets = new Set<Socket>();
  let isOnline = true;

  const server = createServer({ keepAliveTimeout: 30_000 });
  server.on('connection', (socket) => {
    if (!isOnline) return void socket.destroy();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  const port = await new Promise<number>((resolve, reject) => {
    server.on('error', (error) => {
      const isTaken = 'code' in error && error.code === 'EADDRINUSE';
      if (isTaken && preferredPort !== 0) return void server.listen(0, 'localhost');
      reject(error);
    });
    server.on('listening', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : preferredPort);
    });
    server.listen(preferredPort, 'localhost');
  });

  const cutConnections = (): void => {
    for (const socket of sockets) socket.destroy();
  };

  const origin = `http://localhost:${port}`;
  const onRequest = createRequestListener(origin, server);
  server.on('request', (request, response) => void onRequest(request, response));

  return {
    origin,
    port,
    goOffline: () => {
      isOnline = false;
      cutConnections();
    },
    goOnline: () => {
      isOnline = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cutConnections();
      }),
  };
}
