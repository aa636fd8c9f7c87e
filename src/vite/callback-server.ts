import { isLoopback } from '../configuration/loopback.ts';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { createCallbackDocument, type CallbackDocumentOptions } from '../server/callback-document.ts';
import { createCallbackHandler } from '../server/callback-handler.ts';
import { secureClientErrors } from '../server/node/client-errors.ts';
import { toNodeListener } from '../server/node/listener.ts';

/** Surroundings of the second port. */
export interface CallbackServerOptions {
  /** The certificate of the app's server, where that has one. */
  readonly https?: ServerOptions | undefined;
  /** Reports in one sentence why there is no second port. */
  readonly report: (sentence: string) => void;
}

/**
 * Server of an isolated callback's origin beside an app in development: another port of this machine. It serves the document of
 * the location that it received last.
 */
export class CallbackServer {
  readonly #options: CallbackServerOptions;
  #location: CallbackDocumentOptions | undefined;
  #server: Server | undefined;

  constructor(options: CallbackServerOptions) {
    this.#options = options;
  }

  /**
   * Serves the callback of a location, and nothing where that is not another port of this machine.
   *
   * @param location the redirect URI, and the callback of the app
   * @returns after the port listens, or is known to be taken
   */
  async serve(location: CallbackDocumentOptions): Promise<void> {
    if (JSON.stringify(location) === JSON.stringify(this.#location)) return;
    this.close();
    this.#location = location;
    if (!isOnAnotherPort(location)) return;
    const { port, protocol } = new URL(location.redirectUri);
    const { https, report } = this.#options;
    if (protocol === 'https:' && https === undefined) {
      return report(`Nothing serves redirectUri (${location.redirectUri}): the app's own server has no certificate.`);
    }
    const { headers } = await createCallbackDocument(location);
    const listener = toNodeListener(createCallbackHandler(location));
    const server = protocol === 'https:' ? createHttpsServer(https ?? {}, listener) : createHttpServer(listener);
    secureClientErrors(server, { headers });
    // The location may have changed in the meantime.
    if (this.#location !== location) return;
    this.#server = server;
    await new Promise<void>((resolve) => {
      server.once('listening', () => {
        // The host name was still being looked up when the port was closed.
        if (this.#server !== server) server.close();
        resolve();
      });
      server.once('error', ({ message }) => {
        report(
          `Port ${port} of redirectUri (${location.redirectUri}) is not available: stop the program that uses it, or choose ` +
            `another port in the worker file and at the authorization server (${message}).`,
        );
        resolve();
      });
      server.listen(Number(port), hostOf(location.redirectUri));
    });
  }

  /** Closes the port and its connections. */
  close(): void {
    this.#location = undefined;
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.#server = undefined;
  }
}

/** Returns whether a redirect URI is on this machine, at another port than the app. */
function isOnAnotherPort({ redirectUri, appCallback }: CallbackDocumentOptions): boolean {
  const { host, port, hostname } = new URL(redirectUri);
  return port !== '' && host !== new URL(appCallback).host && isLoopback(hostname);
}

/** Names below `localhost` are not in every system's list of hosts. */
function hostOf(url: string): string {
  const { hostname } = new URL(url);
  return hostname.endsWith('localhost') ? 'localhost' : hostname.replace(/^\[|\]$/g, '');
}
