import type { Attack } from '../attack.ts';
import { PLAIN_PAGE } from '../site.ts';

/** What the script in the page swaps, and what it loads afterwards. */
interface Swap {
  readonly module: string;
  /** What the app imports of it. */
  readonly members: readonly string[];
  readonly app: string;
}

/** Runs in the page: puts a module of its own in place of one of the app's, which passes everything on, and starts the app. */
async function swapModule({ module, members, app }: Swap): Promise<void> {
  const caught: unknown[] = [];
  Object.assign(window, { caught });
  const swapped = members.map((name) => `export const ${name} = spy(original.${name});`);
  const source = `import * as original from ${JSON.stringify(`${new URL(module, location.href)}?original`)};
  const spy = (act) => (...values) => {
    const answer = act(...values);
    window.caught.push(values, answer);
    Promise.resolve(answer).then((later) => window.caught.push(later), () => {});
    return answer;
  };
  ${swapped.join('\n')}`;
  const map = document.createElement('script');
  map.type = 'importmap';
  map.textContent = JSON.stringify({
    imports: { [module]: URL.createObjectURL(new Blob([source], { type: 'text/javascript' })) },
  });
  document.head.append(map);
  await import(app);
}

export const IMPORTED_ATTACKS: readonly Attack[] = [
  {
    id: 'L26',
    title: 'replaces a module of the app by one of its own, by an import map',
    scenario: '5.1.2',
    naive: 'page',
    act: async ({ tab, site }) => {
      await tab.goto(site.origin + PLAIN_PAGE);
      const isNaive = site.name === 'page';
      await tab.evaluate(swapModule, {
        module: isNaive ? '/naive/stores.js' : '/tokenward.js',
        members: isNaive ? ['inTurn', 'keepEverywhere', 'recall', 'remember'] : ['connect'],
        app: isNaive ? '/naive/app.js' : '/victim.js',
      });
      return {
        seen: await tab.evaluate(async () => {
          await window.app.refresh();
          return JSON.stringify(Reflect.get(window, 'caught'));
        }),
      };
    },
  },
];
