import page from 'text:../../dist/page.js';
import worker from 'text:../../dist/standalone/tokenward-sw.js';

/** Text of the module for pages without a bundler. It is built before the server, and bundlers include it with the server. */
export const pageModule: string = page;

/** Text of the worker's library, a classic script that sets `tokenward`. */
export const workerLibrary: string = worker;
