import { html, svg } from './build-element.ts';
import type { InspectorRecord } from './record.ts';
import { layOutTimeLine, REQUEST_ROWS, type RequestKind, kindOf } from './time-line.ts';
import type { SessionLimit } from '../protocol/session.ts';
import { clockTime, duration, endsOf, LIMITS, times } from './wording.ts';

/** A part of the inspector that shows what is remembered. */
export interface View {
  readonly element: HTMLElement;
  readonly show: (record: InspectorRecord, nowMs: number) => void;
}

const SPANS: readonly (readonly [label: string, spanMs: number])[] = [
  ['1 min', 60_000],
  ['5 min', 300_000],
  ['30 min', 1_800_000],
];

const LEGEND: readonly (readonly [kind: RequestKind, label: string])[] = [
  ['token', 'with the token'],
  ['alone', 'left alone'],
  ['answered', 'answered by the worker'],
  ['failed', 'refused or failed'],
];

const SESSION_Y = 8;
const TOKEN_Y = 30;
const REQUEST_Y = 58;
const ROW_HEIGHT = 12;
const AXIS_Y: number = REQUEST_Y + REQUEST_ROWS * ROW_HEIGHT + 8;
const HEIGHT: number = AXIS_Y + 22;

/** Session, access tokens, requests and starts of the worker, over time. What it shows stands in words in its label. */
export function createTimeLineView(): View {
  let spanMs = 60_000;
  const picture = svg('svg', { role: 'img', part: 'time-line' });
  const spans = SPANS.map(([label, ms]) => {
    const input = html('input', { type: 'radio', name: 'span', value: ms, checked: ms === spanMs });
    input.addEventListener('change', () => {
      spanMs = ms;
    });
    return html('label', { class: 'chip' }, [input, html('span', {}, label)]);
  });
  const legend = LEGEND.map(([kind, label]) =>
    html('li', {}, [
      svg('svg', { width: 18, height: 10, 'aria-hidden': 'true' }, [
        svg('rect', { class: `request ${kind}`, x: 1, y: 1, width: 16, height: 8, rx: 4 }),
      ]),
      label,
    ]),
  );
  const element = html('section', { class: 'time-line', 'aria-labelledby': 'time-line-title' }, [
    html('div', { class: 'row' }, [
      html('h3', { id: 'time-line-title' }, 'Time line'),
      html('fieldset', { class: 'chips' }, [html('legend', { class: 'unseen' }, 'Time shown'), ...spans]),
    ]),
    html('div', { class: 'picture' }, [
      html('div', { class: 'lanes', 'aria-hidden': 'true' }, [
        html('span', { class: 'lane-session' }, 'Session'),
        html('span', { class: 'lane-token' }, 'Access token'),
        html('span', { class: 'lane-requests' }, 'Requests'),
      ]),
      picture,
    ]),
    html('ul', { class: 'legend' }, legend),
  ]);

  return {
    element,
    show: (record, nowMs) => {
      const widthPx = Math.max(240, picture.getBoundingClientRect().width);
      picture.setAttribute('viewBox', `0 0 ${widthPx} ${HEIGHT}`);
      picture.setAttribute('height', String(HEIGHT));
      picture.setAttribute('aria-label', describe(record, nowMs, spanMs));
      picture.replaceChildren(...draw(record, { nowMs, spanMs, widthPx }));
    },
  };
}

function draw(record: InspectorRecord, view: Parameters<typeof layOutTimeLine>[1]): readonly SVGElement[] {
  const { nowX, ticks, sessions, tokens, limits, starts, requests } = layOutTimeLine(record, view);
  return [
    svg('rect', { class: 'future', x: nowX, y: 0, width: view.widthPx - nowX, height: AXIS_Y }),
    ...ticks.flatMap(({ x, atMs }) => [
      svg('line', { class: 'tick', x1: x, x2: x, y1: 0, y2: AXIS_Y }),
      svg('text', { x, y: HEIGHT - 6, 'text-anchor': x < 30 ? 'start' : x > view.widthPx - 30 ? 'end' : 'middle' }, [
        clockTime(atMs),
      ]),
    ]),
    ...sessions.map(({ x, width, status }) =>
      svg('rect', { class: `session ${status}`, x, y: SESSION_Y, width, height: 10, rx: 5 }),
    ),
    ...limits.map(({ limit, x, isLater }) =>
      svg('path', { class: `limit ${limit}${isLater ? ' later' : ''}`, d: limitPath(limit, x, isLater) }, [
        svg('title', {}, `${LIMITS[limit]}${isLater ? ', later than shown' : ''}`),
      ]),
    ),
    ...tokens.flatMap(({ x, width, isRenewal }) => [
      svg('rect', { class: 'token-life', x, y: TOKEN_Y, width: Math.max(2, width - 2), height: 12, rx: 6 }),
      ...(isRenewal ? [svg('circle', { class: 'renewal', cx: x, cy: TOKEN_Y + 6, r: 5 })] : []),
    ]),
    ...requests.map(({ x, width, row, kind, title }) =>
      svg(
        'rect',
        { class: `request ${kind}`, x, y: REQUEST_Y + row * ROW_HEIGHT, width, height: ROW_HEIGHT - 4, rx: 4 },
        [svg('title', {}, title)],
      ),
    ),
    ...starts.map((x) =>
      svg('path', { class: 'start', d: `M${x} ${AXIS_Y} l-5 8 h10 z` }, [svg('title', {}, 'The worker started')]),
    ),
    svg('line', { class: 'now', x1: nowX, x2: nowX, y1: 0, y2: AXIS_Y }),
  ];
}

/** Returns the path of a mark: a post in the lane of the session, or an arrow to what is later. */
function limitPath(limit: SessionLimit, x: number, isLater: boolean): string {
  const y = limit === 'idle' ? SESSION_Y - 4 : SESSION_Y + 8;
  return isLater ? `M${x - 7} ${y} l7 3 l-7 3 z` : `M${x - 1.5} ${SESSION_Y - 5} h3 v20 h-3 z`;
}

function describe({ session, tokens, requests }: InspectorRecord, nowMs: number, spanMs: number): string {
  const shown = requests.filter(({ atMs }) => atMs >= nowMs - spanMs);
  const count = (kind: RequestKind): number => shown.filter((request) => kindOf(request) === kind).length;
  const renewals = tokens.filter(({ fromMs, isRenewal }) => isRenewal && fromMs >= nowMs - spanMs).length;
  const state =
    session?.status === 'signed-in'
      ? `Signed in. The access token expires in ${duration(session.expiresAtMs - nowMs)}.${endsOf(session, nowMs)
          .map(({ text }) => ` The session ${text}.`)
          .join('')}`
      : 'Not signed in.';
  return `${state} In the last ${duration(spanMs)}: renewed ${times(renewals)}; ${shown.length} requests, ${count('token')} with the token, ${count('alone')} left alone, ${count('answered')} answered by the worker, ${count('failed')} refused or failed.`;
}
