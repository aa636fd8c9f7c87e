/** The engines that tests are written for once and run in. */
export const ENGINE_NAMES = ['chromium', 'firefox', 'webkit'] as const;

/** One of {@link ENGINE_NAMES}. */
export type EngineName = (typeof ENGINE_NAMES)[number];

/** A running browser. */
export interface EngineSession<P = EngineProfile> {
  readonly name: EngineName;
  /** What runs, for the head of a table, such as `Firefox 153.7.0`. */
  readonly label: string;
  /** Makes a profile: no cookies, no storage, no service workers. */
  newProfile(): Promise<P>;
  /** Ends the browser and all its profiles. */
  close(): Promise<void>;
}

/** A profile of a browser, with its tabs. */
export interface EngineProfile {
  readonly engine: EngineName;
  /** Opens a blank tab. */
  newPage(): Promise<EnginePage>;
  /** All tabs that are open, pop-ups included, the oldest first. */
  pages(): Promise<readonly EnginePage[]>;
  /**
   * Stops every service worker of the profile, and waits until it has stopped. Each engine has a way of its own: Chromium
   * stops them at once, whatever they do. In Firefox, their process is killed; on a system that does not tell which one that is, Firefox
   * is started with a pref that stops a worker seven seconds after its last event.
   * WebKit stops one some ten seconds after its last page has gone, so that every tab is away at `about:blank` meanwhile,
   * and then loads its URL anew: a tab's globals are lost there, and its navigation starts the worker again.
   */
  stopWorkers(): Promise<void>;
  /** Ends the profile and what it has stored. */
  close(): Promise<void>;
}

/** Runs in a page: gets JSON and gives JSON, and may be asynchronous. It sees nothing of the test but its argument. */
export type PageScript<A, R> = (argument: A) => R | Promise<R>;

/** What can run functions in a page; Playwright's own `Page` can too. */
export interface Evaluator {
  /**
   * Runs a function in the page.
   *
   * @returns what it returns or resolves to, by way of JSON
   * @throws Error with its message if it throws, or if the page goes elsewhere before it has ended
   */
  evaluate<A, R>(script: PageScript<A, R>, argument: A): Promise<R>;
  evaluate<R>(script: PageScript<void, R>): Promise<R>;
}

/** What any driver can do with a tab, by the names that Playwright has: its own `Page` is one too. Whatever waits, gives up after {@link PAGE_TIMEOUT_MS}. */
export interface EngineTab extends Evaluator {
  /** Goes to a URL, and waits until what came has loaded. */
  goto(url: string): Promise<unknown>;
  /** Waits until a function returns or resolves to something truthy; the page may go elsewhere meanwhile. */
  waitForFunction<A>(script: PageScript<A, unknown>, argument: A): Promise<unknown>;
  waitForFunction(script: PageScript<void, unknown>): Promise<unknown>;
  /** Waits until the document has an element, to be seen or not. */
  waitForSelector(selector: string, options: { readonly state: 'attached' }): Promise<unknown>;
  /** Waits until the tab shows such a URL. */
  waitForURL(matches: (url: URL) => boolean): Promise<void>;
  /**
   * Clicks where an element is, as a user does: a gesture that opens pop-ups.
   *
   * @param selector a CSS selector of an element that is there, or comes
   */
  click(selector: string): Promise<void>;
  /** Types into a field. */
  fill(selector: string, text: string): Promise<void>;
}

/** A tab of a profile. */
export interface EnginePage extends EngineTab {
  readonly engine: EngineName;
  readonly profile: EngineProfile;
  /** The URL that the tab shows. */
  url(): Promise<string>;
  /** Loads the page again. */
  reload(): Promise<void>;
  /**
   * Loads the page again as with shift held down, so that no worker controls it at first.
   *
   * @throws Error where the engine's driver has no such reload
   */
  reloadPastWorker(): Promise<void>;
  /**
   * Sends the page's worker the event of Background Sync that the browser sends when it finds a network.
   *
   * @throws Error where the engine has no Background Sync
   */
  dispatchSync(tag: string): Promise<void>;
  /** Removes all cookies of the host that the tab shows, whatever their paths. */
  clearCookies(): Promise<void>;
  /** Shows this tab in front of the others. */
  bringToFront(): Promise<void>;
  /** Takes a picture of what is to be seen, as PNG. */
  screenshot(path: string): Promise<void>;
  /** Closes the tab. */
  close(): Promise<void>;
}

/** How long a page waits, in milliseconds. */
export const PAGE_TIMEOUT_MS = 40_000;

/** How long a function in a page may run, in milliseconds: it may wait itself, for another version of a worker, say. */
export const SCRIPT_TIMEOUT_MS = 75_000;
