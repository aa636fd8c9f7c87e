import { buildIfNeeded } from './build.ts';

/** Global setup: the tests that follow run what is in `dist`. */
export default buildIfNeeded;
