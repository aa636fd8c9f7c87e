import type { App } from '../servers/app-server.ts';
import type { Deployment, NaiveVictim } from './attack.ts';
import type { CallbackFault } from './weak-callback.ts';
import type { RelayRecord } from './relay-site.ts';
import { CACHED_ROGUE, ROGUE_WORKER } from './naive-scripts.ts';

/** A victim: one app at one origin. */
export interface Site {
  readonly name: NaiveVictim | Deployment;
  readonly origin: string;
  /** The page that shows the app. */
  readonly page: string;
  /** The path of the same page, with a script of the attacker's before all others. */
  readonly pageAfter: (script: string) => string;
  /** A redirect URI of the app, for a flow of the attacker's own. */
  readonly redirectUri: string;
  readonly workerPath: string;
  /** Breaks the isolated callback of a naive victim in one way, or repairs it. */
  readonly breakCallback?: (fault: CallbackFault | undefined) => void;
  /** Requests to the relay of an app that has one. */
  readonly relay?: RelayRecord;
}

/** A page where the attacker's script is alone. */
export const PLAIN_PAGE = '/plain';

/** Where an app sends who has signed out: it clears what the site has stored, service workers included. */
export const CLEARED_PAGE = '/cleared';

/** The page of an app with Tokenward, which offers the attacks what the naive app offers. */
const APP_SCRIPT = `
import { connect } from '/tokenward.js';
import { apiUrl } from '/settings.js';
const heard = (window.heard = []);
navigator.serviceWorker?.addEventListener('message', ({ data }) => heard.push(data));
new BroadcastChannel('tokenward').onmessage = ({ data }) => heard.push(data);
try {
  const client = await connect({ worker: '/tokenward-sw.js', renewal: 'manual' });
  const call = async (path) => {
    const request = new Request(path.startsWith('http') ? path : apiUrl + path);
    const response = await fetch(request.clone());
    if (!response.ok) console.error('The request failed.', [...request.headers].join(), Error(response.statusText).stack);
    const cache = await caches.open('answers of the app');
    await cache.put(request, response.clone());
    return response.status;
  };
  window.app = {
    session: () => client.session.status,
    subject: () => client.session.claims?.sub,
    signIn: (options) => client.login(options),
    signInInPopup: () => client.login({ popup: true }),
    signOut: () => client.logout(),
    refresh: () => call('/me'),
    call,
    client,
  };
} catch (error) {
  window.appError = error.code ?? String(error);
}
document.documentElement.dataset.connected = 'yes';
`;

/** An app with Tokenward. */
export function tokenwardSite(name: Site['name'], app: App, redirectUri: string = `${app.origin}/auth/callback`): Site {
  app.pages.set('/victim.js', { body: APP_SCRIPT, contentType: 'text/javascript' });
  app.pages.set('/victim', { body: documentWith(['/victim.js']) });
  app.pages.set('/rogue.js', { body: ROGUE_WORKER, contentType: 'text/javascript' });
  app.pages.set(CACHED_ROGUE, {
    body: ROGUE_WORKER,
    contentType: 'text/javascript',
    headers: { 'cache-control': 'max-age=3600' },
  });
  app.pages.set(PLAIN_PAGE, { body: documentWith([]) });
  app.pages.set(CLEARED_PAGE, { body: '', headers: { 'clear-site-data': '"storage"' } });
  return {
    name,
    origin: app.origin,
    page: '/victim',
    pageAfter: (script) => addPage(app, script, '/victim.js'),
    redirectUri,
    workerPath: app.workerPath,
  };
}

/** The naive app. */
export function naiveSite(name: Site['name'], app: App, page: string): Site {
  return {
    name,
    origin: app.origin,
    page,
    pageAfter: (script) => `${addPage(app, script, '/naive/app.js')}${page.replace(/^[^?]*/, '')}`,
    redirectUri: `${app.origin}${PLAIN_PAGE}`,
    workerPath: '/naive/worker.js',
  };
}

function addPage(app: App, script: string, then: string): string {
  // In the scope of the naive worker, and of any other.
  const name = `/naive/before-${app.pages.size}`;
  app.pages.set(`${name}.js`, { body: script, contentType: 'text/javascript' });
  app.pages.set(name, { body: documentWith([`${name}.js`, then]) });
  return name;
}

/** Modules run in the order in which they stand. */
function documentWith(scripts: readonly string[]): string {
  const tags = scripts.map((path) => `<script type="module" src="${path}"></script>`);
  return `<!doctype html><title>Page</title><body></body>${tags.join('')}`;
}
