import { once } from 'node:events';
import { createServer } from 'node:https';
import type { RequestListener } from '../../servers/listener.ts';
import { ACCEPT_CERTIFICATE, LOCALHOST_CERTIFICATE } from '../../support/localhost-certificate.ts';
import { portOf } from '../../support/port-of.ts';

/** Finds the server of a URL. */
export type FindServer = (url: URL) => RequestListener | undefined;

/** Network of a browser in which every name leads to this process, so that configurations keep the hosts of real servers. */
export interface Network {
  /** Arguments of a Chromium in this network. It accepts the certificate of every host here, and reaches no other machine. */
  readonly browserArguments: readonly string[];
  /** Answers all requests by other servers from now on. */
  serve(findServer: FindServer): void;
  close(): Promise<void>;
}

/** Starts the network. */
export async function startNetwork(): Promise<Network> {
  let findServer: FindServer = () => undefined;
  const server = createServer({ ...LOCALHOST_CERTIFICATE, keepAliveTimeout: 30_000 }, (request, response) => {
    const listener = findServer(new URL(request.url ?? '/', `https://${request.headers.host ?? 'none.example'}`));
    if (listener) void listener(request, response);
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    browserArguments: [
      `--host-resolver-rules=MAP * 127.0.0.1:${portOf(server)}`,
      ACCEPT_CERTIFICATE,
      // The browser's own requests would disturb a run.
      '--disable-background-networking',
    ],
    serve: (find) => {
      findServer = find;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
