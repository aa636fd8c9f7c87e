import type { Attack } from '../attack.ts';
import { withDevTools } from './with-dev-tools.ts';

/** What a registration keeps, or shows, for the pages of its scope. */
export const REGISTERED_ATTACKS: readonly Attack[] = [
  {
    id: 'L24',
    title: 'reads the notifications that the app has shown',
    scenario: '5.1.1',
    naive: 'worker',
    ...withDevTools(async (_, { tab }) => {
      // The user allows the app to show some.
      await tab.page?.context().grantPermissions(['notifications']);
      return {
        seen: await tab.evaluate(async () => {
          await window.app.refresh();
          const shown: unknown[] = [];
          for (const registration of await navigator.serviceWorker.getRegistrations()) {
            for (const { title, body, tag, data } of await registration.getNotifications())
              shown.push([title, body, tag, data]);
          }
          return JSON.stringify(shown);
        }),
      };
    }),
  },
  {
    id: 'L25',
    title: 'reads the header field of navigation preloads',
    scenario: '5.1.1',
    naive: 'worker',
    act: async ({ tab }) => ({
      seen: await tab.evaluate(async () => {
        const states: unknown[] = [];
        for (const { navigationPreload } of await navigator.serviceWorker.getRegistrations())
          states.push(await navigationPreload.getState());
        return JSON.stringify(states);
      }),
    }),
  },
];
