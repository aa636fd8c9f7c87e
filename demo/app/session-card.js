// Shows the session: who is signed in, and how long the present access token lives.

const $ = (id) => document.getElementById(id);

const STORAGE = {
  sealed: 'sealed on disk',
  memory: 'in the worker’s memory',
  wrapped: 'wrapped on disk',
};

const REASONS = {
  'not-signed-in': 'Calls go out without a token, and the API refuses them.',
  'signed-out': 'You have signed out. The tokens are revoked and forgotten.',
  refused: 'The authorization server has ended the session.',
  expired: 'You were signed out after a while without activity, or after the longest time of a session.',
  lost: 'The session was lost. Signing in may not need a password.',
  'other-user': 'The renewal of the session found another user. Sign in again.',
};

let expiresAtMs;
let lifetimeMs = 1;
let renewals = 0;

/** Shows a session; called at every change. */
export function showSession(session) {
  const isSignedIn = session.status === 'signed-in';
  $('signed-in').hidden = !isSignedIn;
  $('signed-out').hidden = isSignedIn;
  $('last-error').hidden = session.lastError === undefined;
  if (session.lastError !== undefined) {
    $('last-error').textContent = `${session.lastError.code}: ${session.lastError.message}`;
  }
  $('headline-name').textContent = isSignedIn ? (session.claims.name ?? session.claims.sub) : 'no user yet';
  document.documentElement.dataset.session = session.status;

  if (!isSignedIn) {
    $('signed-out-reason').textContent = REASONS[session.reason] ?? '';
    expiresAtMs = undefined;
    renewals = 0;
    showRenewals();
    showDial();
    return;
  }

  $('name').textContent = session.claims.name ?? session.claims.sub;
  $('email').textContent = session.claims.email ?? '';
  $('plan').textContent = session.claims.plan ?? 'none';
  $('storage').textContent = STORAGE[session.storage] ?? session.storage;
  $('scopes').replaceChildren(
    ...session.scopes.map((scope) => {
      const item = document.createElement('li');
      item.textContent = scope;
      return item;
    }),
  );
  $('claims').textContent = JSON.stringify(session.claims, null, 2);

  if (session.expiresAtMs !== expiresAtMs) {
    lifetimeMs = Math.max(1, session.expiresAtMs - Date.now());
    if (expiresAtMs !== undefined) {
      renewals += 1;
      celebrate();
    }
    expiresAtMs = session.expiresAtMs;
    showRenewals();
  }
  showDial();
}

/** Shows how long the session lasts without activity; `undefined` if it is not about to end. */
export function showExpiring(expiring) {
  $('expiring').hidden = expiring === undefined;
  if (expiring === undefined) return;
  const seconds = Math.ceil(expiring.leftMs / 1000);
  $('expiring-text').textContent = `You will be signed out in ${seconds} s.`;
  $('stay').hidden = expiring.limit === 'absolute';
}

/** Keeps the dial moving. */
export function startDial() {
  showDial();
  setInterval(showDial, 250);
}

function showDial() {
  if (expiresAtMs === undefined) {
    setDial('empty', 0, '–', 'no access token');
    return;
  }
  const leftMs = expiresAtMs - Date.now();
  if (leftMs <= 0) setDial('expired', 0, '0', 'expired: the next call renews it');
  else setDial('alive', leftMs / lifetimeMs, String(Math.ceil(leftMs / 1000)), 'seconds to expiry');
}

function setDial(state, share, seconds, label) {
  $('dial').dataset.state = state;
  $('hand').setAttribute('stroke-dasharray', `${(100 * Math.min(1, share)).toFixed(2)} 100`);
  if ($('seconds').textContent !== seconds) $('seconds').textContent = seconds;
  if ($('seconds-label').textContent !== label) $('seconds-label').textContent = label;
}

function showRenewals() {
  const at = new Date().toLocaleTimeString('en-GB');
  $('renewals').dataset.count = String(renewals);
  $('renewals').textContent = renewals === 0 ? 'not yet' : `${renewals === 1 ? 'once' : `${renewals} times`}, at ${at}`;
}

function celebrate() {
  const dial = $('dial');
  dial.classList.remove('renewed');
  // Reading the layout lets the animation start again.
  void dial.offsetWidth;
  dial.classList.add('renewed');
}
