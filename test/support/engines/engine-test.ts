import { join } from 'node:path';
import { inject, test as base } from 'vitest';
import { ROOT } from '../build.ts';
import type { EngineName, EnginePage, EngineProfile, EngineSession } from './engine.ts';
import { launchEngine } from './launch-engine.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The engine of the project. */
    engine: EngineName;
  }
}

/**
 * Vitest's `test` for what is written once and run in each engine: `test('signs in', async ({ page }) => …)`. A test gets
 * `page`, a blank tab in a `profile` of its own, and `session`, the running browser, which all files share. When a test
 * fails, pictures of the profile's tabs are left in `test-results/pictures`.
 */
export const test = base
  .extend('session', { scope: 'worker' }, async ({}, { onCleanup }): Promise<EngineSession> => {
    const session = await launchEngine(inject('engine'));
    onCleanup(() => session.close());
    return session;
  })
  .extend('profile', async ({ session, task }, { onCleanup }): Promise<EngineProfile> => {
    const profile = await session.newProfile();
    onCleanup(async () => {
      if (task.result?.state === 'fail') await takePictures(profile, task.fullTestName);
      await profile.close();
    });
    return profile;
  })
  .extend('page', async ({ profile }): Promise<EnginePage> => profile.newPage());

async function takePictures(profile: EngineProfile, testName: string): Promise<void> {
  const name = `${profile.engine}-${testName}`.replaceAll(/[^\w-]+/g, '-').slice(0, 120);
  for (const [index, page] of (await profile.pages()).entries()) {
    // A page that crashed or hangs cannot be taken, and must not hide why the test failed.
    await page.screenshot(join(ROOT, 'test-results/pictures', `${name}-${index + 1}.png`)).catch(() => undefined);
  }
}
