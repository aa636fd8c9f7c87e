import type { TokenwardClient } from '../client.ts';
import { startAuto } from './start-auto.ts';

/** The client of this page, for other modules: `import { client } from '/auto.js'`. */
export const client: Promise<TokenwardClient> = startAuto(import.meta.url);
