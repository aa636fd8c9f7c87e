import assert from 'node:assert/strict';
import type { Browser } from 'playwright';
import type { TokenwardConfig } from 'tokenward/config';
import { API_AUDIENCE } from '../../servers/authorization-server-configuration.ts';
import { type Api, startApi } from '../../servers/api.ts';
import { listen } from '../../servers/listener.ts';
import { sessionOf } from '../../support/app-page.ts';
import { API_CLIENT_ID, API_PATHS, createFakeServer, type FakeServer } from './fake-server.ts';
import type { Network } from './network.ts';
import { createProviderApp, passToApi } from './provider-app.ts';
import { configurationOf, type ProviderRow } from './provider-row.ts';
import { login, openApp, PROVIDER_STEPS, type ProviderVisit } from './provider-steps.ts';

/** Browser in a network in which all names lead to this process. */
export interface ProviderBrowser {
  readonly browser: Browser;
  readonly network: Network;
}

/** Result of a row: a provider works, or no sign-in is possible and the run has shown the reason. */
export type ProviderResult = 'works' | { readonly impossible: string };

/** Secret of the client at a fake server. */
const CLIENT_SECRET = 'secret-of-the-server-and-not-of-a-browser';

/**
 * Runs the scenario at the fake server of one provider, in a browser context of its own.
 *
 * @param onStep reports a step that has run, with its remark
 * @throws Error if a step does not end as the row says
 */
export async function runProvider(
  row: ProviderRow,
  { browser, network }: ProviderBrowser,
  onStep: (name: string, remark: string | undefined) => void,
): Promise<ProviderResult> {
  const configuration = configurationOf(row);
  const servers = await startServers(row, configuration, network);
  const context = await browser.newContext();
  context.setDefaultTimeout(30_000);
  try {
    const visit = { row, configuration, ...servers, page: await context.newPage(), clock: { aheadMs: 0 } };
    if (row.expected.refusal !== undefined) return { impossible: await showRefusal(visit) };
    for (const { name, run } of PROVIDER_STEPS) {
      try {
        onStep(name, await run(visit));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`${name}: ${reason}`, { cause: error });
      }
    }
    return 'works';
  } finally {
    await context.close();
    await servers.close();
  }
}

/** Signs in where no sign-in is possible, and returns the reason that the app gets. */
async function showRefusal(visit: ProviderVisit): Promise<string> {
  const { row, page } = visit;
  await openApp(visit);
  await login(visit);
  const session = await sessionOf(page);
  assert.equal(session.status, 'signed-out');
  assert.equal(session.lastError?.code, row.expected.refusal, session.lastError?.message);
  return session.lastError?.message ?? '';
}

interface ProviderServers {
  readonly server: FakeServer;
  readonly api: Api;
  readonly close: () => Promise<void>;
}

/** Starts the fake server, an API that accepts its tokens, and the app, each at the hosts that the configuration names. */
async function startServers(
  { quirks, profile, relay }: ProviderRow,
  configuration: TokenwardConfig,
  network: Network,
): Promise<ProviderServers> {
  const { origin, clientId, protectedResources } = configuration;
  const audience = configuration.authorizationParameters?.['resource'] ?? API_AUDIENCE;
  const server = createFakeServer(quirks, {
    id: clientId,
    secret: CLIENT_SECRET,
    redirectUri: `${origin}/auth/callback`,
    signedOutUri: `${origin}/`,
    scopes: configuration.scopes ?? [],
    audience,
  });
  const local = await listen(() => server.listener);
  const introspection = { url: local.origin + API_PATHS.introspection, clientId: API_CLIENT_ID };
  const api = await startApi({
    issuer: quirks.issuer,
    audience,
    allowedOrigins: [origin],
    ...(quirks.accessToken === 'jwt' ? { jwksUri: local.origin + API_PATHS.keys } : { introspection }),
  });
  const relayOptions = relay === 'used' ? { clientSecret: CLIENT_SECRET, ...profile.relay } : undefined;
  const app = await createProviderApp(configuration, relayOptions);
  const leaveNetwork = enterNetwork(local.origin);
  const apiFront = passToApi(`${api.url}/me`);
  const endpoints = new Set(Object.values(quirks.endpoints));
  network.serve((url) => {
    if (url.origin === origin) return app;
    const isEndpoint = endpoints.has(url.origin + url.pathname);
    return !isEndpoint && protectedResources.some((one) => url.href.startsWith(one.url)) ? apiFront : server.listener;
  });
  return {
    server,
    api,
    close: async () => {
      leaveNetwork();
      await Promise.all([api.close(), local.close()]);
    },
  };
}

/**
 * Lets the relay, which runs in this process, reach the fake server by the hosts of the provider, as the browser does.
 *
 * @returns a function that ends that
 */
function enterNetwork(fakeOrigin: string): () => void {
  const { fetch: send } = globalThis;
  globalThis.fetch = (input, init) => {
    const isText = typeof input === 'string' && input.startsWith('https:');
    const { pathname, search } = new URL(isText ? input : fakeOrigin);
    return send(isText ? fakeOrigin + pathname + search : input, init);
  };
  return () => {
    globalThis.fetch = send;
  };
}
