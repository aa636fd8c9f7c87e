import type { Attack } from '../attack.ts';
import { PROOF_HEADER, RELAY_PATH, type RelayRecord } from '../relay-site.ts';
import type { Scene } from '../scene.ts';
import { PLAIN_PAGE } from '../site.ts';
import { CONFIDENTIAL_CLIENT } from '../../servers/authorization-server-configuration.ts';
import { authorizeUrl, VERIFIER } from './run-own-flow.ts';

const { clientId } = CONFIDENTIAL_CLIENT;

/** A form, and the proof beside it. */
interface Sent {
  readonly form: string;
  readonly proof?: string;
}

/** Script in the page posts a form to the relay; returns what it reads. */
function askRelay({ tab }: Scene, { form, proof = '' }: Sent): Promise<string> {
  return tab.evaluate(
    async ({ url, header, text, value }) => {
      const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded' });
      if (value !== '') headers.set(header, value);
      return fetch(url, { method: 'POST', headers, body: text }).then(
        (answer) => answer.text(),
        () => 'refused',
      );
    },
    { url: `${RELAY_PATH}/token`, header: PROOF_HEADER, text: form, value: proof },
  );
}

function recordOf({ site }: Scene): RelayRecord {
  return site.relay ?? { requests: [], refreshTokens: [] };
}

/** The request of a refresh, with a refresh token that the attacker has obtained otherwise. */
function refreshWithStolen(scene: Scene): string {
  const { refreshTokens } = recordOf(scene);
  // A token is used up at the naive relay.
  const token = scene.site.name === 'naive-relay' ? refreshTokens.pop() : refreshTokens.at(-1);
  const form = { client_id: clientId, grant_type: 'refresh_token', refresh_token: token ?? '' };
  return String(new URLSearchParams(form));
}

/** An attack on the relay. At the naive one, the session does not outlive it. */
function onRelay(id: string, title: string, act: Attack['act']): Attack {
  return { id, title, scenario: '5.1.2', naive: 'naive-relay', tokenward: 'relay', ruins: 'naive profile', act };
}

export const RELAY_ATTACKS: readonly Attack[] = [
  {
    ...onRelay(
      'C76',
      'exchanges a code that it has obtained otherwise at the relay, with its own verifier',
      async (scene) => {
        const { issued } = scene.servers.authorizationServer;
        const known = new Set(issued.codes);
        await scene.tab.goto(authorizeUrl(scene, { client_id: clientId }));
        await scene.tab.goto(scene.site.origin + PLAIN_PAGE);
        const code = [...issued.codes].find((other) => !known.has(other)) ?? '';
        scene.own(code);
        scene.own(VERIFIER);
        const form = {
          client_id: clientId,
          grant_type: 'authorization_code',
          redirect_uri: scene.site.redirectUri,
          code,
          code_verifier: VERIFIER,
        };
        return { seen: await askRelay(scene, { form: String(new URLSearchParams(form)) }) };
      },
    ),
    scenario: '5.1.3',
  },
  onRelay('S24', 'asks the relay to refresh with a refresh token that it has obtained otherwise', async (scene) => ({
    seen: await askRelay(scene, { form: refreshWithStolen(scene) }),
  })),
  onRelay('S25', 'asks the relay to refresh with such a token and a proof that it has made up', async (scene) => {
    const digits = (count: number): string => 'f'.repeat(count);
    const proof = [digits(32), Date.now(), digits(32), digits(64)].join('.');
    return { seen: await askRelay(scene, { form: refreshWithStolen(scene), proof }) };
  }),
  onRelay(
    'S26',
    'asks the relay to refresh with such a token and the proof of a request of the worker',
    async (scene) => {
      const proof = recordOf(scene).requests.at(-1)?.proof ?? '';
      return { seen: await askRelay(scene, { form: refreshWithStolen(scene), proof }) };
    },
  ),
  onRelay(
    'S27',
    'sends a request of the worker to the relay once more, so that its code comes twice',
    async (scene) => {
      const { body = '', proof = '' } =
        recordOf(scene).requests.findLast((request) => request.body.includes('code=')) ?? {};
      const code = new URLSearchParams(body).get('code');
      const { requests } = scene.servers.authorizationServer;
      const count = (): number =>
        requests.list('token').filter(({ parameters }) => parameters.get('code') === code).length;
      const before = count();
      await askRelay(scene, { form: body, proof });
      return { reached: count() > before };
    },
  ),
  onRelay(
    'S28',
    'asks the relay for a token of the client itself, alone and with the proof of a request of the worker',
    async (scene) => {
      const form = String(new URLSearchParams({ client_id: clientId, grant_type: 'client_credentials' }));
      const { requests } = scene.servers.authorizationServer;
      const count = (): number =>
        requests.list('token').filter(({ parameters }) => parameters.get('grant_type') === 'client_credentials').length;
      const before = count();
      for (const proof of ['', recordOf(scene).requests.at(-1)?.proof ?? '']) await askRelay(scene, { form, proof });
      return { reached: count() > before };
    },
  ),
  onRelay(
    'S29',
    'asks the relay to refresh with such a token by a form of the page, and reads the response in a frame',
    async (scene) => ({
      seen: await scene.tab.evaluate(postInFrame, {
        url: `${RELAY_PATH}/token`,
        fields: Array.from(new URLSearchParams(refreshWithStolen(scene))),
        timeoutMs: scene.timeoutMs,
      }),
    }),
  ),
];

/** Script in the page posts a form into a frame; returns what it reads there. */
async function postInFrame(request: {
  readonly url: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly timeoutMs: number;
}): Promise<string> {
  const frame = document.createElement('iframe');
  frame.name = 'relay';
  const form = document.createElement('form');
  form.method = 'post';
  form.action = request.url;
  form.target = frame.name;
  for (const [name, value] of request.fields) {
    const input = document.createElement('input');
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(frame, form);
  const untilMs = performance.now() + request.timeoutMs;
  form.submit();
  for (;;) {
    let text = '';
    try {
      text = frame.contentDocument?.body?.textContent ?? '';
    } catch {
      return 'not readable';
    }
    if (text !== '' || performance.now() > untilMs) return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
