import type { EngineName } from '../support/engines/engine.ts';
import type { Scene } from './scene.ts';

/** What script in the page tries, by the letter that the attacks' ids begin with. */
export const FAMILIES: ReadonlyMap<string, Family> = new Map([
  ['L', { name: 'reading', title: 'Reading what is stored or leaks' }],
  ['W', { name: 'worker', title: 'Talking to the worker' }],
  ['R', { name: 'registration', title: 'Around the registration' }],
  ['C', { name: 'code', title: 'Stealing a code' }],
  ['F', { name: 'flow', title: 'Flow integrity' }],
  ['A', { name: 'api', title: 'Turning the worker against the API' }],
  ['S', { name: 'life', title: 'Refresh, DPoP, sign-out, availability' }],
]);

/** A kind of attacks; its name is what `--only` takes. */
export interface Family {
  readonly name: string;
  readonly title: string;
}

/**
 * The section of RFC 10017 that describes what the attacker is after: 5.1.1 theft of a token at one moment, 5.1.2 theft of
 * each new token, 5.1.3 acquisition of new tokens by a flow of one's own, 5.1.4 requests through the user's browser; others
 * are about flows (6.3) or about what a session is worth.
 */
export type Scenario = '5.1.1' | '5.1.2' | '5.1.3' | '5.1.4' | '6.3.2.1' | '6.3.2.2' | '6.3.3.3' | '-';

/** The deliberately naive victims; all of them are ours. */
export type NaiveVictim =
  /** An app that signs in by script in the page, keeps its tokens wherever a page can, and checks nothing. */
  | 'page'
  /** A worker that does what it is told, and the same app that tells it. */
  | 'worker'
  /** Tokenward's worker, from a server that gives its script to everybody, allows every worker and sends no headers. */
  | 'open-server'
  /** Tokenward with the shipped headers, and a callback on the app's own origin: less is claimed there. */
  | 'own-origin'
  /** Tokenward with an isolated callback that each attack breaks in another way, or whose response the app's server does not discard. */
  | 'weak-callback'
  /** As the deployment `offline`, with a worker that gives what is in its caches as it is. */
  | 'bare-cache'
  /** As the deployment `relay`, with a relay that adds the client secret to whatever anybody posts. */
  | 'naive-relay';

/** The deployments of Tokenward that attacks run against. */
export type Deployment =
  /** The worker's script from `tokenward/server`, and no header on any page: the worker and the gate have to hold alone. */
  | 'no-headers'
  /** The same with the security policy on every page and file, and nothing else that would stop a script. */
  | 'shipped'
  /** As `no-headers`, with DPoP. */
  | 'dpop'
  /** As `no-headers`, with a `requestTimeoutMs` of three seconds, so that a lease of the worker's lasts eight. */
  | 'short-timeout'
  /** As `no-headers`, with an isolated callback. */
  | 'isolated'
  /** As `isolated`, with an app's own worker that sends later what cannot be sent now. */
  | 'outbox'
  /** As `shipped`, with an app's own worker that answers out of a precache. */
  | 'offline'
  /** As `no-headers`, with a confidential client whose secret the app's server adds, in its relay. */
  | 'relay';

/** What came of an attack: something that was read, which may hold a secret, or whether it got where it wanted to. */
export type Spoils = { readonly seen: unknown } | { readonly reached: boolean };

/** One attack, run against a naive victim, where it must succeed, and against Tokenward, where it must not. */
export interface Attack {
  /** Stable: the documentation cites it. */
  readonly id: string;
  /** What the attacker does, in the active voice. */
  readonly title: string;
  readonly scenario: Scenario;
  readonly naive: NaiveVictim;
  /** `no-headers` by default. */
  readonly tokenward?: Deployment;
  /**
   * The engines that do not have what the attack needs, and what that is; it exists everywhere by default. The naive victim shows
   * that it is so: it must not fall there.
   */
  readonly notIn?: Readonly<Partial<Record<EngineName, string>>>;
  /** Engines of `notIn` where the naive victim falls all the same when something in the engine comes late: Tokenward must hold then. */
  readonly seldomIn?: readonly EngineName[];
  /** A script that runs before any other in the page. */
  readonly before?: string;
  /** Whether the page is signed in when the attack begins, as by default. */
  readonly begins?: 'signed-in' | 'signed-out';
  /**
   * What is not what it was afterwards: the sessions, or the whole profile of the browser, of the naive victim or of both.
   * Where Tokenward's session is not to be ruined, the app has to work on, which is checked.
   */
  readonly ruins?: 'sessions' | 'naive profile' | 'profiles';
  /** Whether page and session are as they were afterwards, so that the next attack may begin in the same page. */
  readonly keepsPage?: boolean;
  /** Whether it takes so much of the browser's time that no other attack may run beside it. */
  readonly runsAlone?: boolean;
  readonly act: (scene: Scene) => Promise<Spoils>;
}
