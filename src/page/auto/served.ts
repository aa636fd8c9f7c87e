/** Module for pages without a bundler: the page's entry, and what the server's `auto.js` starts. */
export * from '../index.ts';
export { startAuto } from './start-auto.ts';
