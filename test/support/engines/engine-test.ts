import { inject, test as base } from 'vitest';
import { closeInTime } from '../time-limit.ts';
import { keepPictures } from '../evidence.ts';
import type { EngineName, EnginePage, EngineProfile } from './engine.ts';
import { launchEngine } from './launch-engine.ts';
import { launchRenewable, type RenewableSession } from './renewable-session.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The engine of the project. */
    engine: EngineName;
  }
  interface TaskMeta {
    /** What ran the test, for the head of the matrix. */
    engine?: string;
    /** Why what the test asks for is not in the engine. */
    notInEngine?: string;
  }
}

/** What an engine does not have, and how that shows. */
export interface Lack {
  readonly engine: EngineName;
  /** Why, for whoever reads the matrix, such as `Firefox shows media requests to no worker`. */
  readonly reason: string;
  /** Looks for itself: throws where the engine has it after all, and the test has to be run there. */
  readonly isShownBy: () => Promise<void>;
}

/**
 * Vitest's `test` for what is written once and run in each engine: `test('signs in', async ({ page }) => …)`. A test gets
 * `page`, a blank tab in a `profile` of its own, and `session`, the running browser, which all files share. When a test
 * fails, pictures of the profile's tabs are left in `test-results/pictures`, and the next test has a new browser.
 */
export const test = base
  .extend('session', { scope: 'worker' }, async ({}, { onCleanup }): Promise<RenewableSession> => {
    const session = await launchRenewable(() => launchEngine(inject('engine')));
    onCleanup(() => session.close());
    return session;
  })
  .extend('profile', async ({ session, task }, { onCleanup }): Promise<EngineProfile> => {
    task.meta.engine = session.label;
    const profile = await session.newProfile();
    onCleanup(async () => {
      const hasFailed = task.result?.state === 'fail';
      // A browser that has ended by itself shows no pages, and closes none.
      if (hasFailed) {
        const pages = await profile.pages().catch(() => []);
        await keepPictures(
          task,
          pages.map((page) => (path) => page.screenshot(path)),
          `${profile.engine}-`,
        );
      }
      const isClosed = await closeInTime(profile.close(), `The profile of "${task.name}"`).catch(() => false);
      await session.release(profile, { isFit: isClosed && !hasFailed });
    });
    return profile;
  })
  .extend('page', async ({ profile }): Promise<EnginePage> => profile.newPage())
  /**
   * Tells the matrix that the engine lacks what the test is about, once that has been seen: `if (await lacks({…})) return;`.
   * In the other engines it is false and nothing else.
   */
  .extend('lacks', async ({ task }) => async ({ engine, reason, isShownBy }: Lack): Promise<boolean> => {
    if (inject('engine') !== engine) return false;
    await isShownBy();
    task.meta.notInEngine = reason;
    return true;
  });
