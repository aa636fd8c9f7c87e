import { connect } from '/tokenward.js';
import { apiUrl } from '/settings.js';

import * as api from '/api.js';
import { clearLog, logCall, logEvent } from '/call-log.js';
import { showExpiring, showSession, startDial } from '/session-card.js';
import { showFindings } from '/token-search-panel.js';

const $ = (id) => document.getElementById(id);
const onClick = (id, action) => $(id).addEventListener('click', action);

$('api-origin').textContent = new URL(apiUrl).origin;
startDial();

const note = () => `Written at ${new Date().toLocaleTimeString('en-GB')}`;
onClick('call-fetch', () => logCall({ transport: 'fetch', method: 'GET', path: '/me' }, api.readMe));
onClick('call-note', () => logCall({ transport: 'fetch', method: 'POST', path: '/notes' }, () => api.addNote(note())));
onClick('call-xhr', () => logCall({ transport: 'XHR', method: 'GET', path: '/notes' }, api.readNotesByXhr));
onClick('call-axios', () => logCall({ transport: 'axios', method: 'GET', path: '/notes' }, api.readNotesByAxios));
onClick('call-many', () => {
  for (let count = 0; count < 10; count += 1) logCall({ transport: 'fetch', method: 'GET', path: '/me' }, api.readMe);
});
onClick('clear-log', clearLog);

$('file').addEventListener('change', ({ target }) => {
  const [file] = target.files;
  if (file === undefined) return;
  logCall({ transport: 'fetch', method: 'POST', path: '/upload' }, () => api.uploadFile(file));
  target.value = '';
});

let closeFeed;
onClick('call-feed', () => {
  if (closeFeed !== undefined) {
    stopFeed();
    return;
  }
  const call = { transport: 'EventSource', method: 'GET', path: '/events' };
  let count = 0;
  closeFeed = api.openFeed({
    onReading: ({ heightMetres }) => {
      count += 1;
      if (count === 1) logEvent(call, { status: 200, text: 'The feed is open.' });
      $('feed').hidden = false;
      $('feed').dataset.count = String(count);
      $('feed-text').textContent = `The tide stands at ${heightMetres.toFixed(2)} m (reading ${count}).`;
    },
    onProblem: () => {
      logEvent(call, { status: 0, text: 'The feed failed or was closed.' });
      stopFeed();
    },
  });
  $('call-feed').setAttribute('aria-pressed', 'true');
});

function stopFeed() {
  closeFeed?.();
  closeFeed = undefined;
  $('feed').hidden = true;
  $('call-feed').setAttribute('aria-pressed', 'false');
}

onClick('search', async () => {
  $('search').disabled = true;
  await showFindings();
  $('search').disabled = false;
});

try {
  // The whole integration is a line each: connect, show, sign in, sign out.
  const client = await connect({ worker: '/tokenward-sw.js' });
  client.subscribe(showSession);
  client.onExpiring(showExpiring);
  onClick('stay', () => client.stayActive().catch(showProblem));
  onClick('sign-in', () => client.login({ returnTo: '/' }).catch(showProblem));
  onClick('sign-in-popup', () => client.login({ popup: true }).catch(showProblem));
  onClick('sign-out', () => client.logout().catch(showProblem));
  $('sign-in').disabled = false;
  $('sign-in-popup').disabled = false;
  document.documentElement.dataset.ready = 'yes';
} catch (error) {
  showProblem(error);
}

function showProblem(error) {
  $('last-error').hidden = false;
  $('last-error').textContent = `${error.code ?? error.name}: ${error.message}`;
}
