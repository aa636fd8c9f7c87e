import type { EngineProfile, EngineSession } from './engine.ts';

/** State in which a test leaves a profile. */
export interface Release {
  /** Whether the browser may serve further tests: what has gone wrong in it must not affect others. */
  readonly isFit: boolean;
}

/** A browser that another takes the place of, once something has gone wrong in it. */
export interface RenewableSession extends EngineSession {
  /** Gives a profile back, closed or not. */
  release(profile: EngineProfile, how: Release): Promise<void>;
}

/** A browser, and the number of its profiles that are in use. */
interface Browser {
  readonly session: EngineSession;
  used: number;
  isFit: boolean;
}

/**
 * Starts a browser. One that is not fit any more gets no further profile, and is closed when none of its profiles is in use: tests that
 * run side by side end in the browser in which they began.
 *
 * @param launch starts one; asked again for each that takes the place of another
 */
export async function launchRenewable(launch: () => Promise<EngineSession>): Promise<RenewableSession> {
  const owners = new WeakMap<EngineProfile, Browser>();
  const browsers = new Set<Browser>();
  const launchBrowser = async (): Promise<Browser> => {
    const browser: Browser = { session: await launch(), used: 0, isFit: true };
    browsers.add(browser);
    return browser;
  };
  const first = await launchBrowser();
  /** The browser for the next profile; two tests may ask for it at once. */
  let current = Promise.resolve(first);
  const giveBack = async (browser: Browser): Promise<void> => {
    browser.used -= 1;
    if (!browser.isFit && browser.used === 0 && browsers.delete(browser)) await browser.session.close();
  };
  return {
    name: first.session.name,
    label: first.session.label,
    newProfile: async () => {
      const before = current;
      const next = before.then((last) => (last.isFit ? last : launchBrowser()));
      // A browser that does not start gets another try with the next profile.
      current = next.catch(() => before);
      const browser = await next;
      browser.used += 1;
      try {
        const profile = await browser.session.newProfile();
        owners.set(profile, browser);
        return profile;
      } catch (error) {
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
    close: async () => {
      await Promise.all(Array.from(browsers, ({ session }) => session.close()));
    },
  };
}
