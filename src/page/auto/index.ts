import type { TokenwardClient } from '../client.ts';
import { runningScriptUrl } from '../platform.ts';
import { startAuto } from './start-auto.ts';

/**
 * Client of this page, for code of the app. The promise stays pending without a document, as on a server that renders the app.
 */
export const client: Promise<TokenwardClient> = startAuto(runningScriptUrl());
