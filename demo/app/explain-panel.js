// Asks the worker which of its rules would act on a request, and why or why not. Nothing is sent.
import { apiUrl } from '/settings.js';

const $ = (id) => document.getElementById(id);

/** What the worker does, in words. */
const ACTIONS = { authorize: 'gets the token', pass: 'left alone', answer: 'answered by the worker' };

/** Why, in words. */
const REASONS = {
  covered: 'a rule covers it',
  signed_out: 'a rule covers it, but nobody is signed in',
  other_origin: 'no rule has this origin',
  other_path: 'the rules of this origin cover other paths',
  ambiguous_path: 'a server could decode this path into another one',
  excluded_path: 'the rule leaves this path out',
  other_method: 'the rule does not name this method',
  other_destination: 'markup asks for it, not script',
  foreign_navigation: 'the navigation begins elsewhere',
  own_authorization: 'it brings an Authorization header of its own',
  worker_endpoint: 'the worker has an endpoint there',
};

const SAMPLES = [
  { input: `${apiUrl}/me`, init: {} },
  { input: `${apiUrl}/me`, init: { destination: 'image' }, note: 'as <img>' },
  { input: `${apiUrl}/me`, init: { headers: { authorization: 'Basic YTpi' } }, note: 'with a header of its own' },
  { input: `${apiUrl}/..%2fadmin`, init: {} },
  { input: `${apiUrl}x/me`, init: {} },
  { input: apiUrl.replace(/:\d+/, '.evil.test'), init: {} },
];

/** Shows what becomes of some requests, now and at every change of the session, and of any that is entered. */
export function showExplanations(client) {
  /** What was entered last, if anything was. */
  let entered = [];
  const show = async (list, samples) => {
    const items = await Promise.all(samples.map((sample) => explain(client, sample)));
    $(list).replaceChildren(...items);
  };
  client.subscribe(() => {
    void show('explained', entered);
    void show('explanations', SAMPLES);
  });
  $('explain').addEventListener('submit', (event) => {
    event.preventDefault();
    entered = [{ input: $('explain-url').value, init: { method: $('explain-method').value } }];
    void show('explained', entered);
  });
}

async function explain(client, { input, init, note }) {
  const item = document.createElement('li');
  const what = `${init.method ?? 'GET'} ${input}${note === undefined ? '' : ` ${note}`}`;
  try {
    const { action, reason, rule } = await client.explain(input, init);
    item.dataset.action = action;
    item.dataset.reason = reason;
    item.append(part('strong', ACTIONS[action]), part('code', what));
    item.append(part('span', `${REASONS[reason]}${rule === undefined ? '' : ` (${rule})`}`));
  } catch (error) {
    item.append(part('strong', 'no request'), part('code', what), part('span', error.message));
  }
  return item;
}

function part(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
