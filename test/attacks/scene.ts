import type { Stack } from '../servers/stack.ts';
import type { ForeignRequest, ForeignServer } from '../support/foreign-server.ts';
import type { Site } from './site.ts';
import type { Tab } from './tab.ts';

/** Where an attack takes place: a page of one victim, and the servers, which know what happened. */
export interface Scene {
  readonly site: Site;
  /** A page of the victim that shows its app. */
  readonly tab: Tab;
  readonly servers: Servers;
  /** Opens another tab in the same browser, blank. */
  readonly openTab: () => Promise<Tab>;
  /** What the second protected resource has received since the attack began. */
  readonly received: () => readonly ForeignRequest[];
  /** How long an attacker looks for what may never come, in milliseconds. */
  readonly timeoutMs: number;
  /** Says that a secret is the attacker's own, such as a code of their own account: to find it is no theft. */
  readonly own: (secret: string) => void;
}

/** The servers of a run. */
export interface Servers {
  readonly authorizationServer: Stack['authorizationServer'];
  readonly api: Stack['api'];
  /** A second protected resource, `{origin}/v1`: it takes down all that it gets. */
  readonly resource: ForeignServer;
  /** The attacker's server; its port begins with that of the resource. */
  readonly foreign: ForeignServer;
}
