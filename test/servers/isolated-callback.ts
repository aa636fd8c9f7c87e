import { getRequestListener } from '@hono/node-server';
import {
  createCallbackDocument,
  createCallbackHandler,
  secureClientErrors,
  type CallbackHandler,
} from 'tokenward/server';

import { listen, type Listener } from './listener.ts';

/** How to start the origin of an isolated callback. */
export interface IsolatedCallbackOptions {
  /** The app's callback URL. */
  readonly appCallback: string;
  /** The port to try first; any free port by default. */
  readonly port?: number | undefined;
  /** Changes the answers, for tests of what they must be like. */
  readonly alter?:
    | ((answer: Response, appCallback: string, request: Request) => Response | Promise<Response>)
    | undefined;
}

/** A running origin of an isolated callback. */
export interface IsolatedCallback extends Listener {
  readonly redirectUri: string;
}

/** Starts the origin of an isolated callback: another port of localhost, which serves the one document. */
export async function startIsolatedCallback(options: IsolatedCallbackOptions): Promise<IsolatedCallback> {
  const { appCallback, port, alter = (answer) => answer } = options;
  const { headers } = await createCallbackDocument({ redirectUri: 'http://localhost/', appCallback });
  const listener = await listen((origin, server) => {
    secureClientErrors(server, { headers });
    const handle: CallbackHandler = createCallbackHandler({ redirectUri: `${origin}/`, appCallback });
    return getRequestListener(async (request) => alter(await handle(request), appCallback, request));
  }, port);
  return { ...listener, redirectUri: `${listener.origin}/` };
}
