import type { TokenwardClient } from '../client.ts';
import { runningScriptUrl } from '../platform.ts';
import { startAuto } from './start-auto.ts';

/**
 * The client of this page, for code of an app that wants it. It never settles where there is no document, as on a server that
 * renders the app.
 */
export const client: Promise<TokenwardClient> = startAuto(runningScriptUrl());
