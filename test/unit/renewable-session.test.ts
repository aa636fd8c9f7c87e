import { expect, test } from 'vitest';
import type { EngineProfile, EngineSession } from '../support/engines/engine.ts';
import { launchRenewable } from '../support/engines/renewable-session.ts';

/** Starts browsers that only write down what is asked of them. */
function launcher(): { readonly launch: () => Promise<EngineSession>; readonly log: readonly string[] } {
  const log: string[] = [];
  let browsers = 0;
  const launch = (): Promise<EngineSession> => {
    browsers += 1;
    const number = browsers;
    const write = (what: string): number => log.push(`${what} ${number}`);
    write('launch');
    return Promise.resolve({
      name: 'firefox',
      label: 'Firefox',
      newProfile: () => {
        write('profile of');
        return Promise.reject<EngineProfile>(new Error('There are no profiles.'));
      },
      close: async () => void write('close'),
    });
  };
  return { launch, log };
}

test('a browser serves all profiles until it is dropped: the next profile gets another one, and there are never two', async () => {
  const { launch, log } = launcher();
  const session = await launchRenewable(launch);
  const newProfile = (): Promise<unknown> => session.newProfile().catch(() => undefined);

  await newProfile();
  await newProfile();
  session.abandon();
  session.abandon();
  await newProfile();
  await newProfile();
  await session.close();

  expect(log.slice(0, 3)).toEqual(['launch 1', 'profile of 1', 'profile of 1']);
  expect(log.slice(3)).toEqual(['close 1', 'launch 2', 'profile of 2', 'profile of 2', 'close 2']);
});
