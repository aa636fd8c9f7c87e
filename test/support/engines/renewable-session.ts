import type { EngineSession } from './engine.ts';

/** A browser that another takes the place of, once something has gone wrong in it. */
export interface RenewableSession extends EngineSession {
  /** Has the next profile made in a browser that is started for it: what has befallen this one is not to befall others. */
  abandon(): void;
}

/**
 * Starts a browser.
 *
 * @param launch starts one; asked again for each that takes the place of another
 */
export async function launchRenewable(launch: () => Promise<EngineSession>): Promise<RenewableSession> {
  let session = await launch();
  let isAbandoned = false;
  return {
    name: session.name,
    label: session.label,
    newProfile: async () => {
      if (isAbandoned) {
        await session.close();
        session = await launch();
        isAbandoned = false;
      }
      return session.newProfile();
    },
    close: () => session.close(),
    abandon: () => {
      isAbandoned = true;
    },
  };
}
