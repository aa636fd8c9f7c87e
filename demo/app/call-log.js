// Lists each API call and its answer, newest first.

const list = document.getElementById('log');
const empty = document.getElementById('log-empty');

/** Makes a call and lists what came back. */
export async function logCall({ transport, method, path }, call) {
  const entry = addEntry({ transport, method, path });
  const startedAtMs = performance.now();
  try {
    const { status, body } = await call();
    finish(entry, { status, text: preview(body), tookMs: performance.now() - startedAtMs });
  } catch (error) {
    finish(entry, { status: 0, text: String(error), tookMs: performance.now() - startedAtMs });
  }
}

/** Lists something that has no answer of its own, such as the first event of a feed. */
export function logEvent({ transport, method, path }, { status, text }) {
  finish(addEntry({ transport, method, path }), { status, text });
}

/** Empties the list. */
export function clearLog() {
  list.replaceChildren();
  empty.hidden = false;
}

function addEntry({ transport, method, path }) {
  const entry = document.createElement('li');
  entry.dataset.transport = transport;
  entry.dataset.path = path;
  entry.append(
    part('time', new Date().toLocaleTimeString('en-GB')),
    part('status', '…'),
    part('what', `${method} ${path}`),
    part('tag', transport),
    part('took', ''),
    part('answer', 'waiting'),
  );
  list.prepend(entry);
  while (list.children.length > 60) list.lastElementChild.remove();
  empty.hidden = true;
  return entry;
}

function finish(entry, { status, text, tookMs }) {
  entry.dataset.status = String(status);
  entry.dataset.kind = status >= 200 && status < 300 ? 'good' : 'bad';
  entry.querySelector('.status').textContent = status === 0 ? 'failed' : String(status);
  entry.querySelector('.answer').textContent = text;
  if (tookMs !== undefined) entry.querySelector('.took').textContent = `${Math.round(tookMs)} ms`;
}

function preview(body) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return text.length > 240 ? `${text.slice(0, 240)}…` : text;
}

function part(className, text) {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  return element;
}
