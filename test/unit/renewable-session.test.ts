import { expect, test } from 'vitest';
import type { EngineProfile, EngineSession } from '../support/engines/engine.ts';
import { launchRenewable, MAX_PROFILES } from '../support/engines/renewable-session.ts';

/** Starts browsers that only write down what is asked of them. */
function launcher(): { readonly launch: () => Promise<EngineSession>; readonly log: readonly string[] } {
  const log: string[] = [];
  let browsers = 0;
  const newProfile = (): EngineProfile => ({
    engine: 'firefox',
    newPage: () => Promise.reject(new Error('There are no pages.')),
    pages: () => Promise.resolve([]),
    stopWorkers: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
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
        return Promise.resolve(newProfile());
      },
      close: async () => void write('close'),
    });
  };
  return { launch, log };
}

test('a browser serves all profiles until it is not fit: the next profile gets another one, and there are never two', async () => {
  const { launch, log } = launcher();
  const session = await launchRenewable(launch);

  for (const isFit of [true, false, true]) await session.release(await session.newProfile(), { isFit });
  await session.close();

  expect(log).toEqual(['launch 1', 'profile of 1', 'profile of 1', 'close 1', 'launch 2', 'profile of 2', 'close 2']);
});

test('a browser that is not fit stays open as long as another test uses a profile of it', async () => {
  const { launch, log } = launcher();
  const session = await launchRenewable(launch);
  const [one, other] = [await session.newProfile(), await session.newProfile()];

  await session.release(one, { isFit: false });
  const [next] = await Promise.all([session.newProfile(), session.newProfile()]);
  expect(log.slice(3)).toEqual(['launch 2', 'profile of 2', 'profile of 2']);

  await session.release(other, { isFit: true });
  expect(log.slice(6)).toEqual(['close 1']);
  await session.release(next, { isFit: true });
  await session.close();
  expect(log.slice(7)).toEqual(['close 2']);
});

test('a browser of Firefox gets so many profiles, whether tests run one by one or side by side, and is closed after the last', async () => {
  const { launch, log } = launcher();
  const session = await launchRenewable(launch);
  const number = MAX_PROFILES.firefox;
  const [kept, ...others] = await Promise.all(Array.from({ length: number }, () => session.newProfile()));
  if (kept === undefined) throw new Error('There is no profile.');
  for (const profile of others) await session.release(profile, { isFit: true });
  expect(log.length).toBe(1 + number);
  expect(session.isRetired(kept)).toBe(true);

  const next = await session.newProfile();
  expect(session.isRetired(next)).toBe(false);
  expect(log.slice(1 + number)).toEqual(['launch 2', 'profile of 2']);

  await session.release(kept, { isFit: true });
  expect(log.slice(3 + number)).toEqual(['close 1']);
  await session.release(next, { isFit: true });
  await session.close();
  expect(log.slice(4 + number)).toEqual(['close 2']);
});

test('a browser that makes no profile gets no further one', async () => {
  const { launch, log } = launcher();
  let hasFailed = false;
  const session = await launchRenewable(async () => {
    const browser = await launch();
    const newProfile = (): Promise<EngineProfile> => {
      if (hasFailed) return browser.newProfile();
      hasFailed = true;
      return Promise.reject(new Error('No profile.'));
    };
    return { ...browser, newProfile };
  });

  await expect(session.newProfile()).rejects.toThrow('No profile.');
  await session.newProfile();

  expect(log).toEqual(['launch 1', 'close 1', 'launch 2', 'profile of 2']);
  await session.close();
});
