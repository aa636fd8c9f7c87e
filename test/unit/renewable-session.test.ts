import { expect, test } from 'vitest';
import type { EngineProfile, EngineSession } from '../support/engines/engine.ts';
import { launchRenewable } from '../support/engines/renewable-session.ts';

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
