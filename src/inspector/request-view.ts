import { html, say } from './build-element.ts';
import type { SeenRequest } from './record.ts';
import { kindOf } from './time-line.ts';
import type { View } from './time-line-view.ts';
import { ACTIONS, clockTime, REASONS, RENEWALS } from './wording.ts';

type Filter = readonly [label: string, isShown: (request: SeenRequest) => boolean];

const FILTERS: readonly Filter[] = [
  ['Near a rule', ({ reason }) => reason !== 'other_origin'],
  ['With the token', ({ action }) => action === 'authorize'],
  ['Failed', (request) => kindOf(request) === 'failed'],
  ['All', () => true],
];

/** Each request with the rule that acted on it, or why none did; the newest first. */
export function createRequestView(): View {
  let filter = 0;
  let shown: readonly SeenRequest[] = [];
  let isStale = true;
  const rows = new Map<SeenRequest, HTMLTableRowElement>();
  const body = html('tbody');
  const empty = html('p', { class: 'quiet empty' }, 'No request yet.');
  const counts = FILTERS.map(() => html('span', { class: 'count' }, '0'));
  const chips = FILTERS.map(([label], index) => {
    const input = html('input', { type: 'radio', name: 'filter', checked: index === filter });
    input.addEventListener('change', () => {
      filter = index;
      isStale = true;
    });
    return html('label', { class: 'chip' }, [input, html('span', {}, [label, counts[index] ?? ''])]);
  });
  const element = html('section', { class: 'requests', 'aria-labelledby': 'requests-title' }, [
    html('div', { class: 'row' }, [
      html('h3', { id: 'requests-title' }, 'Requests'),
      html('fieldset', { class: 'chips' }, [html('legend', { class: 'unseen' }, 'Which requests'), ...chips]),
    ]),
    html('div', { class: 'scroll', role: 'group', tabindex: 0, 'aria-labelledby': 'requests-title' }, [
      html('table', {}, [
        html('thead', {}, [
          html(
            'tr',
            {},
            ['Time', 'Request', 'What the worker does', 'Answer'].map((name) => html('th', { scope: 'col' }, name)),
          ),
        ]),
        body,
      ]),
      empty,
    ]),
  ]);

  return {
    element,
    show: ({ requests }) => {
      if (requests === shown && !isStale) return;
      shown = requests;
      isStale = false;
      for (const [index, [, isShown]] of FILTERS.entries()) {
        const count = counts[index];
        if (count) say(count, String(requests.filter(isShown).length));
      }
      const [, isShown] = FILTERS[filter] ?? ['', () => true];
      const listed = requests.filter(isShown);
      for (const request of rows.keys()) if (!requests.includes(request)) rows.delete(request);
      body.replaceChildren();
      for (const request of listed) body.prepend(rowOf(request, rows));
      empty.hidden = listed.length > 0;
    },
  };
}

function rowOf(request: SeenRequest, rows: Map<SeenRequest, HTMLTableRowElement>): HTMLTableRowElement {
  const row = rows.get(request) ?? buildRow(request);
  rows.set(request, row);
  return row;
}

function buildRow(request: SeenRequest): HTMLTableRowElement {
  const { url, destination, atMs, tookMs, status, action, reason, rule, renewOn } = request;
  const { origin, pathname } = new URL(url);
  const answer = [status ?? '', tookMs === undefined ? '' : `${Math.round(tookMs)} ms`].filter((part) => part !== '');
  return html('tr', { 'data-kind': kindOf(request), 'data-reason': reason, 'data-action': action }, [
    html('td', { class: 'time' }, clockTime(atMs)),
    html('td', { class: 'what' }, [
      html('code', {}, [html('b', {}, methodOf(request)), ` ${pathname}`]),
      html('small', {}, destination === '' ? origin : `${origin}, as ${destination}`),
    ]),
    html('td', { class: 'why' }, [
      html('span', { class: 'action' }, ACTIONS[action]),
      html('small', {}, rule === undefined ? REASONS[reason] : [`${REASONS[reason]} `, html('code', {}, rule)]),
      ...(renewOn ? [html('small', { 'data-renew-on': renewOn }, RENEWALS[renewOn])] : []),
    ]),
    html('td', { class: 'answer' }, answer.length === 0 ? '–' : answer.join(' · ')),
  ]);
}

/** Returns the method if it is known: the browser's timing does not report it. */
function methodOf({ method, destination, reason }: SeenRequest): string {
  if (method !== undefined) return method;
  if (destination !== '') return 'GET';
  return reason === 'other_origin' || reason === 'other_path' ? '·' : 'GET?';
}
