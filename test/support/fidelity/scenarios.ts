import { FETCH_SCENARIOS } from './fetch-scenarios.ts';
import { MARKUP_SCENARIOS } from './markup-scenarios.ts';
import type { Scenario } from './observe.ts';
import { OTHER_SCENARIOS } from './other-scenarios.ts';
import { XHR_SCENARIOS } from './xhr-scenarios.ts';

/** Everything that a page can do to ask a server, by name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...FETCH_SCENARIOS,
  ...XHR_SCENARIOS,
  ...OTHER_SCENARIOS,
  ...MARKUP_SCENARIOS,
};
