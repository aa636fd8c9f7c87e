import type { EngineName, EngineProfile, EngineSession } from './engine.ts';

/** State in which a test leaves a profile. */
export interface Release {
  /** Whether the browser may serve further tests: what has gone wrong in it must not affect others. */
  readonly isFit: boolean;
}

/** A browser that another takes the place of, once something has gone wrong in it or it has had its number of profiles. */
export interface RenewableSession<P = EngineProfile> extends EngineSession<P> {
  /** Gives a profile back, closed or not. */
  release(profile: P, how: Release): Promise<void>;
  /** Whether the profile's browser gets no further profile. */
  isRetired(profile: P): boolean;
}

/** A browser, and the number of its profiles, of those that are in use and of all. */
interface Browser<P> {
  readonly session: EngineSession<P>;
  used: number;
  opened: number;
  isFit: boolean;
}

/**
 * Number of profiles that a browser gets. Firefox's driver keeps something of each profile and each answer for as long as the browser
 * runs, and goes through all of it for each further one: the browser takes ever longer for the same work.
 */
export const MAX_PROFILES: Readonly<Record<EngineName, number>> = {
  chromium: Infinity,
  firefox: 30,
  webkit: Infinity,
};

/**
 * Starts a browser. One that is not fit any more, or has had its number of profiles, gets no further profile, and is closed when none of
 * its profiles is in use: tests that run side by side end in the browser in which they began.
 *
 * @param launch starts one; asked again for each that takes the place of another
 */
export async function launchRenewable<P extends object>(
  launch: () => Promise<EngineSession<P>>,
): Promise<RenewableSession<P>> {
  const owners = new WeakMap<P, Browser<P>>();
  const browsers = new Set<Browser<P>>();
  const launchBrowser = async (): Promise<Browser<P>> => {
    const browser: Browser<P> = { session: await launch(), used: 0, opened: 0, isFit: true };
    browsers.add(browser);
    return browser;
  };
  const first = await launchBrowser();
  const { name, label } = first.session;
  const isRetired = ({ isFit, opened }: Browser<P>): boolean => !isFit || opened >= MAX_PROFILES[name];
  /** The browser for the next profile; two tests may ask for it at once. */
  let current = Promise.resolve(first);
  const giveBack = async (browser: Browser<P>): Promise<void> => {
    browser.used -= 1;
    if (isRetired(browser) && browser.used === 0 && browsers.delete(browser)) await browser.session.close();
  };
  return {
    name,
    label,
    newProfile: async () => {
      const before = current;
      const next = before.then(async (last) => {
        const browser = isRetired(last) ? await launchBrowser() : last;
        browser.opened += 1;
        browser.used += 1;
        return browser;
      });
      // A browser that does not start gets another try with the next profile.
      current = next.catch(() => before);
      const browser = await next;
      try {
        const profile = await browser.session.newProfile();
        owners.set(profile, browser);
        return profile;
      } catch (error) {
        browser.isFit = false;
        await giveBack(browser);
        throw error;
      }
    },
    release: async (profile, { isFit }) => {
      const browser = owners.get(profile);
      if (!browser || !owners.delete(profile)) return;
      browser.isFit &&= isFit;
      await giveBack(browser);
    },
    isRetired: (profile) => {
      const browser = owners.get(profile);
      return browser === undefined || isRetired(browser);
    },
    close: async () => {
      await Promise.all(Array.from(browsers, ({ session }) => session.close()));
    },
  };
}
