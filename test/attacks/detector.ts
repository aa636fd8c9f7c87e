import type { IssuedSecrets } from '../servers/authorization-server-log.ts';
import type { ForeignRequest } from '../support/foreign-server.ts';
import { SecretSearch } from '../support/heap-search.ts';
import { findSecrets } from '../support/storage-theft.ts';
import { sweepPage } from './sweep.ts';
import type { Tab } from './tab.ts';

/** The secret of a worker's script, as the server writes it. */
const SCRIPT_SECRET = /__tokenwardSecret\s*=\s*"[\w-]{43}"/;

/** Knows the secrets of a run, and finds them again. */
export interface Detector {
  /** Says that a secret is the attacker's own. */
  readonly own: (secret: string) => void;
  /** The first characters of the secrets in what was seen. */
  readonly find: (seen: unknown) => readonly string[];
  /** What is found in all that a page can reach, and in its heap where that can be had. */
  readonly search: (tab: Tab) => Promise<readonly string[]>;
}

/** @param issued what the authorization server of the run knows */
export function createDetector(issued: IssuedSecrets): Detector {
  const owned = new Set<string>();
  const heaps = new SecretSearch();
  const secrets = (): readonly string[] => issued.all().filter((secret) => !owned.has(secret));
  const find = (seen: unknown): readonly string[] => {
    const text = textOf(seen);
    return [...findSecrets(text, secrets()), ...(SCRIPT_SECRET.test(text) ? ['script secret'] : [])];
  };
  return {
    own: (secret) => void owned.add(secret),
    find,
    search: async (tab) => {
      // The heap first: the sweep asks for every object that the engine makes when it is asked for, and makes the heap three times as
      // large as it was.
      const inHeap = tab.page ? await heaps.search(tab.page, secrets) : [];
      const swept = find([await tab.evaluate(sweepPage), tab.said()]);
      return [...swept, ...inHeap.map((secret) => `heap: ${secret.slice(0, 6)}`)];
    },
  };
}

/** A request as one text. */
export function describeRequests(requests: readonly ForeignRequest[]): readonly string[] {
  return requests.map(({ method, path, headers, body }) =>
    [method, path, ...Object.values(headers).flat(), body].join('\n'),
  );
}

function textOf(seen: unknown): string {
  if (typeof seen === 'string') return seen;
  if (Array.isArray(seen)) return seen.map(textOf).join('\n');
  return JSON.stringify(seen) ?? '';
}
