import type { CDPSession } from 'playwright';
import type { Attack, Spoils } from '../attack.ts';
import type { Scene } from '../scene.ts';

/** An attack whose circumstances it takes the developer tools of Chromium to bring about. */
export function withDevTools(
  act: (devTools: CDPSession, scene: Scene) => Promise<Spoils>,
): Pick<Attack, 'act' | 'notIn'> {
  const reason = 'does not allow its driver to cause this';
  return {
    notIn: { firefox: reason, webkit: reason },
    act: async (scene) => {
      const context = scene.tab.page?.context();
      if (!scene.tab.page || context?.browser()?.browserType().name() !== 'chromium') return { reached: false };
      return act(await context.newCDPSession(scene.tab.page), scene);
    },
  };
}
