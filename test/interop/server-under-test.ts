import type { Page } from 'playwright';
import type { Api } from '../servers/api.ts';
import type { App } from '../servers/app-server.ts';
import type { Traffic } from './traffic.ts';

/** An authorization server with an app and an API that use it: what the scenario runs against. */
export interface ServerUnderTest {
  readonly issuer: string;
  readonly app: App;
  readonly api: Pick<Api, 'url'>;
  /** The `sub` of whoever signs in, where the server lets it be known beforehand. */
  readonly subject: string | undefined;
  /** Does what a person does on the server's pages until the browser is back at the app; nothing where it shows none. */
  readonly passLoginPages: (page: Page) => Promise<void>;
  /** The same for the pages at sign-out. */
  readonly passSignOutPages: (page: Page) => Promise<void>;
  /**
   * Asserts that the sign-in went as this server's configuration wants it.
   *
   * @returns what else is worth saying, in a word or two
   */
  readonly inspectSignIn?: (traffic: Traffic) => Promise<string | undefined>;
  /** Description of the page of its own that the server answers `prompt=none` with, so that the browser does not come back. */
  readonly deadEnd?: string;
  /** Why this server revokes no token of this client; absent where they can. */
  readonly noRevocation?: string;
  /** Endpoints that its metadata leave out, by the names that metadata have for them. */
  readonly unpublished?: Readonly<Record<string, string>>;
  /** Revokes every token of the user, as an administrator does; absent where that cannot be done. */
  readonly revokeTokens?: () => Promise<void>;
  /** Ends all servers. */
  readonly close: () => Promise<void>;
}

/** A server that cannot be had on this machine. */
export class ServerMissing extends Error {}

/** A page that a server does not show. */
export async function noPages(): Promise<void> {}
