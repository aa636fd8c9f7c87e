// A deliberately naive worker: it does what it is told, by whoever tells it, and looks no closer than it must.
/* global Comlink, importScripts, settings */
importScripts('/naive/comlink.js', '/naive/worker-settings.js');

const query = new URLSearchParams(self.location.search);
const state = {
  tokens: undefined,
  apiUrl: query.get('api') ?? settings.apiUrl,
  issuer: query.get('issuer') ?? settings.issuer,
  resourceUrl: settings.resourceUrl,
  heard: [],
};

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('message', ({ data, ports: [port], source }) => {
  // For whoever looks for a fault.
  state.heard.push(data);
  const answer = (value) => (port ?? source)?.postMessage(value);
  if (data?.type === 'setTokens') state.tokens = data.tokens;
  else if (data?.type === 'configure' || data?.type === 'tokenward:configure') Object.assign(state, data.options);
  else if (data?.type === 'tokenward:handover') answer(state);
  else if (data?.type === 'CACHE_URLS') for (const url of data.payload.urlsToCache) void send(new Request(url));
  else if (/^(get|debug|dump|refresh)/i.test(String(data?.type ?? data))) answer(state);
  else if (port) Comlink.expose(createApi(), port);
});

function createApi() {
  return {
    handshake: () => ({ ok: true, value: { session: state.tokens ? 'signed-in' : 'signed-out' } }),
    state,
    getToken: () => state.tokens?.access_token,
    getState: () => state,
    configure: (options) => Object.assign(state, options),
    adopt: (tokens) => {
      state.tokens = tokens;
    },
    onToken: (listener) => listener(state.tokens?.access_token),
    run: (act) => act(state.tokens?.access_token),
  };
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.pathname === '/auth/token') return event.respondWith(Response.json(state.tokens ?? {}));
  if (url.pathname.endsWith('/auth/login')) return event.respondWith(leadToServer());
  // A prefix of a string.
  if (request.url.startsWith(state.issuer + '/token')) return event.respondWith(passTokenRequest(request));
  if (![state.apiUrl, state.resourceUrl].some((prefix) => request.url.toLowerCase().startsWith(prefix)))
    return undefined;
  return event.respondWith(send(request));
});

/** A page that leads the browser on to a sign-in without a page, for whoever asks for it. */
function leadToServer() {
  const request = new URLSearchParams({
    client_id: settings.clientId,
    response_type: 'code',
    prompt: 'none',
    id_token_hint: state.tokens?.id_token ?? '',
  });
  const body = `<!doctype html><title>Sign-in</title><meta http-equiv="refresh" content="1;url=${state.issuer}/auth?${request}">`;
  return new Response(body, { headers: { 'content-type': 'text/html' } });
}

/** Any request, of any kind. */
async function send(request) {
  const init = { mode: 'cors', credentials: 'same-origin', redirect: 'follow' };
  const body = ['GET', 'HEAD'].includes(request.method) ? undefined : await request.clone().blob();
  const headers = new Headers(request.headers);
  if (state.tokens) {
    headers.set('authorization', `Bearer ${state.tokens.access_token}`);
    // A redirect to another origin takes this one along.
    headers.set('x-access-token', state.tokens.access_token);
  }
  const onward = new Request(request.url, { ...init, method: request.method, headers, body });
  const response = await fetch(onward.clone());
  const cache = await caches.open('naive worker');
  if (request.method === 'GET' && response.status === 200) await cache.put(onward, response.clone());
  return response;
}

/** The page asks for a refresh, the worker fills the token in: and the answer goes to the page. */
async function passTokenRequest(request) {
  const form = new URLSearchParams(await request.text());
  if (form.get('grant_type') === 'refresh_token') form.set('refresh_token', state.tokens?.refresh_token);
  const response = await fetch(request.url, { method: 'POST', body: form });
  const tokens = await response.clone().json();
  if (response.ok) state.tokens = { ...state.tokens, ...tokens };
  return response;
}
