import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { appStands } from '../visit.ts';

/** The token endpoint sends on to the attacker's server, body and all, whoever asks it. */
function redirectTokenRequests({ servers }: Scene, grant: string): void {
  const headers = { location: `${servers.foreign.origin}/token` };
  servers.authorizationServer.faults.plan(({ grantType }) => grantType === grant, {
    stage: 'before',
    answer: { status: 307, headers },
  });
}

export const REDIRECTED_ATTACKS: readonly Attack[] = [
  {
    id: 'F10',
    title: 'has the token endpoint redirect the exchange of a code to a server of its own',
    scenario: '5.1.2',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const { tab, site, servers } = scene;
      const before = servers.foreign.requests.length;
      redirectTokenRequests(scene, 'authorization_code');
      await tab.evaluate(() => {
        document.documentElement.dataset['connected'] = 'leaving';
        void window.app.signIn();
      });
      await appStands(tab, site);
      return { reached: servers.foreign.requests.slice(before).some(({ body }) => body.includes('code_verifier')) };
    },
  },
  {
    id: 'S19',
    title: 'has the token endpoint redirect a refresh to a server of its own',
    scenario: '5.1.2',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const { tab, servers } = scene;
      redirectTokenRequests(scene, 'refresh_token');
      const answer = { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } };
      servers.api.faults.plan(({ path }) => path === '/api/me', { stage: 'before', answer });
      // What went to the attacker's server is looked for in any case.
      return { seen: await tab.evaluate(() => window.app.call('/me').catch(String)) };
    },
  },
];
