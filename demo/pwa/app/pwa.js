import { connect } from '/tokenward.js';
import { apiUrl } from '/settings.js';

const $ = (id) => document.getElementById(id);

const client = await connect({ worker: '/tokenward-sw.js' });
let shownFor;
client.subscribe(showSession);
$('sign-in').addEventListener('click', () => client.login().catch(showProblem));
$('sign-out').addEventListener('click', () => client.logout().catch(showProblem));
$('write').addEventListener('submit', (event) => void writeNote(event));
navigator.serviceWorker.addEventListener('message', ({ data }) => {
  if (data?.type === 'notes:sent') void showNotes();
});
document.documentElement.dataset.ready = 'yes';

function showSession(session) {
  const isSignedIn = session.status === 'signed-in';
  document.documentElement.dataset.session = session.status;
  $('welcome').hidden = isSignedIn;
  $('notebook').hidden = $('sign-out').hidden = $('network').hidden = !isSignedIn;
  if (session.lastError) showProblem(session.lastError);
  if (!isSignedIn) {
    shownFor = undefined;
    $('notes').replaceChildren();
    return;
  }
  const { claims, network } = session;
  $('network').dataset.network = network;
  $('network').textContent = network === 'online' ? 'Online' : 'Offline';
  $('greeting').textContent = `${claims.given_name ?? claims.sub}’s notes`;
  const key = `${claims.sub} ${network}`;
  if (shownFor === key) return;
  shownFor = key;
  // The browser has a time of its own for this; somebody who looks at the page need not wait for it.
  if (network === 'online') navigator.serviceWorker.controller?.postMessage({ type: 'notes:send' });
  void showNotes();
}

function showProblem({ message }) {
  $('problem').textContent = message;
  $('problem').hidden = false;
}

async function writeNote(event) {
  event.preventDefault();
  const note = { id: crypto.randomUUID(), text: $('text').value.trim() };
  if (!note.text) return;
  event.target.reset();
  keepWaiting([...waiting(), note]);
  // Where the network does not take it, it is in the outbox by now.
  await fetch(`${apiUrl}/notes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(note),
  }).catch(() => {});
  await showNotes();
}

async function showNotes() {
  const response = await fetch(`${apiUrl}/notes`).catch(() => undefined);
  const sent = response?.ok ? await response.json() : [];
  const arrived = new Set(sent.map(({ id }) => id));
  keepWaiting(waiting().filter(({ id }) => !arrived.has(id)));
  const notes = [
    ...sent.map((note) => ({ ...note, state: 'kept' })),
    ...waiting().map((note) => ({ ...note, state: 'waiting' })),
  ];
  $('notes').replaceChildren(...notes.toReversed().map(noteItem));
  const count = waiting().length;
  $('about').textContent = count ? `${count} in the outbox: sent, in order, as soon as there is a network.` : '';
}

function noteItem({ id, text, state }) {
  const item = document.createElement('li');
  item.className = 'card note';
  item.dataset.state = state;
  const picture = document.createElement('span');
  picture.className = 'picture';
  if (state === 'kept') {
    const image = new Image(56, 56);
    image.alt = '';
    image.src = `${apiUrl}/pictures/${id}`;
    picture.append(image);
  }
  const words = document.createElement('p');
  words.textContent = text;
  item.append(picture, words);
  if (state === 'waiting') {
    const mark = document.createElement('small');
    mark.textContent = 'In the outbox';
    item.append(mark);
  }
  return item;
}

/** What the page shows of the outbox: the notes themselves, until the API has them. */
function waiting() {
  return JSON.parse(localStorage.getItem(`waiting ${client.session.claims?.sub}`) ?? '[]');
}

function keepWaiting(notes) {
  localStorage.setItem(`waiting ${client.session.claims?.sub}`, JSON.stringify(notes));
}
