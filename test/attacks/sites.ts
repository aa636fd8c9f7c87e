import { startApp, type App, type AppOptions } from '../servers/app-server.ts';
import { startStack } from '../servers/stack.ts';
import { findPortAndLookAlike, startForeignServer } from '../support/foreign-server.ts';
import { startNaiveFront } from '../support/naive-front.ts';
import type { Deployment, NaiveVictim } from './attack.ts';
import type { CallbackPart } from './callback-parts.ts';
import { CACHED_ROGUE, NAIVE_PAGES, readNaiveScripts, ROGUE_WORKER } from './naive-scripts.ts';
import { bundleOutboxWorker } from './outbox-worker.ts';
import type { PolicyRule } from './policy-rules.ts';
import { bundlePrecacheWorkers } from './precache-worker.ts';
import { addRelay } from './relay-site.ts';
import type { Servers } from './scene.ts';
import { naiveSite, PLAIN_PAGE, tokenwardSite, type Site } from './site.ts';
import { WeakCallback } from './weak-callback.ts';

/** All victims, and the servers around them. */
export interface Sites {
  readonly servers: Servers;
  readonly of: (victim: NaiveVictim | Deployment) => Site;
  /** Leaves a rule out of the policy of `shipped` and `isolated`; the latter has the minimal policy then. */
  readonly leaveOut: (rule: PolicyRule) => void;
  /** Leaves a part out of the callback of `isolated`. */
  readonly leaveOutOfCallback: (part: CallbackPart) => void;
  readonly close: () => Promise<void>;
}

/** Starts every server of a run: one authorization server and API, and the app of each victim at an origin of its own. */
export async function startSites(): Promise<Sites> {
  const [port, lookAlike] = await findPortAndLookAlike();
  const [resource, foreign] = await Promise.all([startForeignServer(port), startForeignServer(lookAlike)]);
  const resourceUrl = `${resource.origin}/v1`;
  const stack = await startStack({
    authorizationServer: {
      accessTokenTtlSeconds: 3600,
      // Not pushed, so that the authorization request stands in a URL, where it could be seen.
      pushedAuthorizationRequests: 'off',
      webMessages: 'allowed',
    },
    app: { securityHeaders: 'policy' },
  });
  const { authorizationServer, api } = stack;
  const { issuer, clientId } = authorizationServer;
  const startOther = async (
    dpop: 'off' | 'required',
    { worker, ...options }: Partial<AppOptions> = {},
  ): Promise<App> => {
    const app = await startApp({ issuer, apiUrl: api.url, securityHeaders: 'off', ...options });
    const narrow = { url: resourceUrl, methods: ['GET', 'POST'], redirects: 'error', reflection: 'stop' } as const;
    // A challenge of the API may ask for one claim: an attack can try to get others by it.
    const resources = [{ url: api.url, claimsFromChallenge: { access_token: ['nbf'] } }, narrow];
    app.configure({ worker: { ...worker, protectedResources: resources, dpop } });
    authorizationServer.addApp(app.origin, [app.redirectUri]);
    api.addOrigin(app.origin);
    return app;
  };
  const [open, bound] = [await startOther('off'), await startOther('required')];
  const impatient = await startOther('off', { worker: { requestTimeoutMs: 3000 } });
  let missing: CallbackPart | undefined;
  const forgetful = new WeakCallback();
  const isolated = await startOther('off', {
    isolatedCallback: { alter: (answer) => missing?.without?.(answer) ?? answer },
    answerFirst: forgetful.answerAsApp,
  });
  const callback = new WeakCallback();
  const weak = await startOther('off', {
    isolatedCallback: { alter: callback.alter },
    answerFirst: callback.answerAsApp,
  });
  // The redirect URI that the app had before.
  authorizationServer.addApp(weak.origin, [PLAIN_PAGE]);
  const outbox = await startOther('off', { isolatedCallback: {}, workerScript: await bundleOutboxWorker() });
  const precache = await bundlePrecacheWorkers();
  const startOffline = (workerScript: (standalone: string) => string): Promise<App> =>
    startOther('off', { securityHeaders: 'policy', workerConnections: ["'self'"], workerScript });
  const [offline, bareCache] = [await startOffline(precache.secure), await startOffline(precache.bare)];
  const [relay, naiveRelay] = [await startOther('off'), await startOther('off')];
  const resources = [{ url: api.url }];
  const records = {
    relay: addRelay(relay, { issuer, resources }, 'proven'),
    naive: addRelay(naiveRelay, { issuer, resources }, 'naive'),
  };
  const naive = await startNaiveFront(
    { ...stack, app: open },
    {
      workerScript: 'ungated',
      rogueWorkers: await readNaiveScripts({ clientId, issuer, apiUrl: api.url, resourceUrl: resource.origin }),
      gatedScripts: { [CACHED_ROGUE]: ROGUE_WORKER },
      pages: NAIVE_PAGES,
    },
  );
  authorizationServer.addApp(naive.app.origin, ['/naive/callback', PLAIN_PAGE]);

  const sites: Readonly<Record<NaiveVictim | Deployment, Site>> = {
    page: naiveSite('page', naive.app, '/naive/app'),
    worker: naiveSite('worker', naive.app, '/naive/app?worker'),
    'open-server': tokenwardSite('open-server', naive.app),
    'own-origin': tokenwardSite('own-origin', stack.app),
    'weak-callback': {
      ...tokenwardSite('weak-callback', weak, weak.redirectUri),
      breakCallback: (fault) => callback.break(fault),
    },
    'no-headers': tokenwardSite('no-headers', open),
    isolated: tokenwardSite('isolated', isolated, isolated.redirectUri),
    shipped: tokenwardSite('shipped', stack.app),
    dpop: tokenwardSite('dpop', bound),
    'short-timeout': tokenwardSite('short-timeout', impatient),
    outbox: tokenwardSite('outbox', outbox, outbox.redirectUri),
    offline: tokenwardSite('offline', offline),
    'bare-cache': tokenwardSite('bare-cache', bareCache),
    relay: { ...tokenwardSite('relay', relay), relay: records.relay },
    'naive-relay': { ...tokenwardSite('naive-relay', naiveRelay), relay: records.naive },
  };
  return {
    servers: { authorizationServer, api, resource, foreign },
    of: (victim) => sites[victim],
    leaveOut: ({ without }) => {
      stack.app.configure({ alterPolicy: without });
      isolated.configure({ securityHeaders: 'policy', alterPolicy: without });
    },
    leaveOutOfCallback: (part) => {
      missing = part;
      forgetful.break(part.server);
      isolated.configure({ securityHeaders: 'off', alterPolicy: (policy) => policy });
    },
    close: async () => {
      await Promise.all(
        [
          naive,
          open,
          bound,
          impatient,
          isolated,
          weak,
          offline,
          bareCache,
          outbox,
          relay,
          naiveRelay,
          stack,
          resource,
          foreign,
        ].map((server) => server.close()),
      );
    },
  };
}
