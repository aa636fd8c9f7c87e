import type { Scene } from '../scene.ts';
import { PLAIN_PAGE } from '../site.ts';
import { comesTrue } from '../until.ts';

/** Registers a worker, and says in which state it has come to rest; `refused` if in none. */
export async function register({ tab }: Scene, path: string, options: RegistrationOptions): Promise<string> {
  return tab.evaluate(
    async ([url, given]: readonly [string, RegistrationOptions]) => {
      const made = await navigator.serviceWorker.register(url, given).catch(() => undefined);
      const worker = made?.installing ?? made?.waiting ?? made?.active;
      if (!worker) return 'refused';
      const isSettled = (): boolean => ['activated', 'redundant'].includes(worker.state);
      while (!isSettled())
        await new Promise((resolve) => worker.addEventListener('statechange', resolve, { once: true }));
      return worker.state;
    },
    [path, options] as const,
  );
}

/**
 * Registers a worker of the attacker's, and listens to what it hears.
 *
 * @param act what it is to hear of; whether there is a rogue worker now
 * @param isEnough whether what it has told is what was waited for
 */
export async function withRogue(
  scene: Scene,
  options: RegistrationOptions,
  act: (hasRogue: boolean) => Promise<unknown>,
  isEnough: (told: string) => boolean = (told) => /[?&]code=/.test(told),
): Promise<unknown> {
  const listener = await scene.openTab();
  await listener.goto(scene.site.origin + PLAIN_PAGE);
  await listener.evaluate(() => {
    const told: unknown[] = [];
    new BroadcastChannel('rogue').onmessage = ({ data }: MessageEvent<unknown>) => told.push(data);
    Object.assign(window, { told });
  });
  const hasRogue = (await register(scene, '/rogue.js', options)) === 'activated';
  await act(hasRogue);
  const told = (): Promise<string> => listener.evaluate(() => JSON.stringify(Reflect.get(window, 'told')));
  // A rogue that runs has something to say; where none does there is nothing to wait for.
  if (hasRogue) await comesTrue(async () => isEnough(await told()), scene.timeoutMs);
  return told();
}
