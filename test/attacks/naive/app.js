// A deliberately naive app: it signs in by script in the page, keeps its tokens wherever a page can, and checks nothing.
import { apiUrl, clientId, issuer } from '/naive/settings.js';
import { inTurn, keepEverywhere, recall, remember } from '/naive/stores.js';

const redirectUri = `${location.origin}/naive/callback`;
const parameters = new URLSearchParams(location.search || location.hash.slice(1));
const heard = (window.heard = []);
navigator.serviceWorker?.addEventListener('message', ({ data }) => heard.push(data));
const channel = new BroadcastChannel('naive');
channel.onmessage = ({ data }) => {
  heard.push(data);
  if (data === 'token?') channel.postMessage(tokens);
  if (data === 'signed-out') announceEnd();
};

// What a pop-up has brought, or anyone else.
window.addEventListener('message', ({ data }) => data?.tokens && begin(data.tokens));

let tokens = recall();

window.app = {
  session: () => (tokens ? 'signed-in' : 'signed-out'),
  subject: () =>
    tokens && JSON.parse(atob(tokens.id_token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))).sub,
  signIn,
  signInInPopup,
  signOut,
  call,
  refresh: () => inTurn(refresh),
};

if (parameters.has('worker')) await startWorker();
if (parameters.has('configure')) Object.assign(window.app, JSON.parse(parameters.get('configure')));
if (parameters.has('login')) await signIn(askedFor(parameters));
else if (parameters.has('logout')) await signOut();
else if (parameters.has('access_token')) await begin(Object.fromEntries(parameters));
else if (parameters.has('code')) await finish();
if (tokens) {
  await keepEverywhere(tokens);
  await sendOutbox();
}
document.documentElement.dataset.connected = 'yes';

/** What a link or another site asks for, to the letter. */
function askedFor(query) {
  return {
    server: query.get('iss') ?? issuer,
    returnTo: query.get('target_link_uri') ?? query.get('returnTo') ?? undefined,
    hint: query.get('login_hint') ?? undefined,
    silent: query.get('prompt') === 'none',
  };
}

async function signIn({
  server = issuer,
  returnTo = location.pathname + location.search,
  scopes,
  parameters: chosen,
  hint,
  silent = false,
} = {}) {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const challenge = base64url(
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))),
  );
  localStorage.setItem('naive verifier', verifier);
  localStorage.setItem('naive returnTo', returnTo);
  const scope = (scopes ?? ['openid', 'offline_access', 'notes:read']).join(' ');
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope,
    state: 'naive',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...chosen,
    ...(silent && { prompt: 'none', id_token_hint: tokens?.id_token ?? '', ...recallRequest() }),
  });
  if (!silent) localStorage.setItem('naive memory', String(new URLSearchParams({ scope, ...chosen })));
  localStorage.setItem('naive request', String(query));
  // A hint is put there as it comes.
  await leaveFor(`${server}/auth?${query}${hint === undefined ? '' : `&login_hint=${hint}`}`);
}

/** What a sign-in without a page repeats of the one before. */
function recallRequest() {
  return Object.fromEntries(new URLSearchParams(localStorage.getItem('naive memory') ?? ''));
}

/** What a page has begun when it leaves, WebKit may never end, and the next page waits for the database. */
function leaveFor(url) {
  location.assign(url);
  return new Promise(() => {});
}

async function startWorker() {
  const isControlled = new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
  await navigator.serviceWorker.register('/naive/worker.js');
  if (!navigator.serviceWorker.controller) await isControlled;
}

/** No look at `state`, and the token endpoint of whichever server says that it is the one. */
async function finish() {
  const answer = await fetch(`${parameters.get('iss') ?? issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: clientId,
      redirect_uri: redirectUri,
      code: parameters.get('code'),
      code_verifier: localStorage.getItem('naive verifier'),
    }),
  });
  if (!answer.ok) return;
  await begin(await answer.json());
  const returnTo = localStorage.getItem('naive returnTo') ?? '/naive/app';
  if (window.opener && returnTo.endsWith('popup')) {
    window.opener.postMessage({ tokens }, '*');
    window.close();
  } else await leaveFor(returnTo);
}

/** The pop-up begins the flow, and posts the tokens to the page. */
async function signInInPopup() {
  window.open('/naive/app?login&popup', '_blank', 'popup');
}

/** An ID token is taken as it comes. */
async function begin(response) {
  tokens = { ...response };
  await keepEverywhere(tokens);
}

async function refresh() {
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: tokens.refresh_token,
  });
  const send = () => fetch(`${issuer}/token`, { method: 'POST', body });
  // Once more, blindly, where the answer was lost.
  const answer = await send()
    .catch(send)
    .catch(() => undefined);
  if (!answer?.ok) return announceEnd();
  await answer.json().then((response) => begin({ ...tokens, ...response }));
}

async function call(path) {
  const request = new Request(path.startsWith('http') ? path : apiUrl + path, {
    headers: { authorization: `Bearer ${tokens?.access_token}` },
  });
  let response = await fetch(request.clone());
  if (response.status === 401 && tokens) {
    await inTurn(refresh);
    request.headers.set('authorization', `Bearer ${tokens?.access_token}`);
    response = await fetch(request.clone());
  }
  if (!response.ok)
    console.error('The request failed.', [...request.headers].join(), Error(tokens?.access_token).stack);
  const cache = await caches.open('naive answers');
  await cache.put(request, response.clone());
  return response.status;
}

/** Sends what was written without a network, for whoever it says that it is of. */
async function sendOutbox() {
  const waiting = JSON.parse(localStorage.getItem('naive outbox') ?? '[]');
  localStorage.removeItem('naive outbox');
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  for (const { url, user = window.app.subject() } of waiting)
    if (user === window.app.subject()) await fetch(url, { method: 'POST', headers });
}

/** Forgets what is in this tab. */
function announceEnd() {
  tokens = undefined;
  remember(undefined);
}

async function signOut() {
  announceEnd();
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
