// Shows what a search for tokens from page script finds.

import { searchEverywhere } from '/token-search.js';

const list = document.getElementById('findings');
const verdict = document.getElementById('verdict');

/** Searches, and lists each place with what is there. */
export async function showFindings() {
  list.replaceChildren();
  verdict.hidden = false;
  verdict.dataset.kind = 'busy';
  verdict.textContent = 'Searching…';
  let places = 0;
  let found = 0;
  for await (const { place, summary, token } of searchEverywhere()) {
    places += 1;
    if (token !== undefined) found += 1;
    list.append(row(place, summary, token));
  }
  verdict.dataset.kind = found === 0 ? 'clean' : 'found';
  verdict.textContent =
    found === 0
      ? `${places} places searched, no token found.`
      : `${places} places searched: ${found} ${found === 1 ? 'holds' : 'hold'} something like a token.`;
}

function row(place, summary, token) {
  const item = document.createElement('li');
  item.dataset.kind = token === undefined ? 'clean' : 'found';
  item.append(
    part('strong', place),
    part('span', summary),
    part('em', token === undefined ? 'no token' : `found: ${token.slice(0, 24)}…`),
  );
  return item;
}

function part(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
