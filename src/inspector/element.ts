import { isVisible } from '../page/platform.ts';
import type { Explanation } from '../protocol/explanation.ts';
import { html } from './build-element.ts';
import { createExplainView } from './explain-view.ts';
import { createFactsView } from './facts-view.ts';
import { createHappeningsView } from './happenings-view.ts';
import {
  addAlarm,
  addChallenge,
  addExplained,
  addSession,
  addTimed,
  addWatched,
  addWorker,
  clearRecord,
  EMPTY_RECORD,
  type InspectorRecord,
  isAboutUrl,
  type TimedRequest,
} from './record.ts';
import { createRequestView } from './request-view.ts';
import { listenToRequests } from './request-source.ts';
import { INSPECTOR_STYLE } from './style.ts';
import { createSummaryView } from './summary-view.ts';
import { createTimeLineView } from './time-line-view.ts';
import { listenToWorker, type WorkerSource } from './worker-source.ts';

/** Name of the element. */
export const INSPECTOR_NAME = 'tokenward-inspector';

/** Interval at which the time line moves, in milliseconds; longer for users who prefer reduced motion. */
const TICK_MS = 250;
const CALM_TICK_MS = 1000;

/**
 * Defines the element once. Without custom elements, as on a server, it does nothing. Importing `tokenward/inspector` calls it.
 *
 * @example
 * defineInspector();
 * document.body.append(document.createElement(INSPECTOR_NAME));
 */
export function defineInspector(): void {
  if (typeof customElements === 'undefined' || customElements.get(INSPECTOR_NAME)) return;
  customElements.define(
    INSPECTOR_NAME,
    class extends HTMLElement {
      #ending: AbortController | undefined;

      connectedCallback(): void {
        this.#ending = new AbortController();
        const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
        // A policy for styles does not apply to a constructed style sheet (CSSOM, "CSSStyleSheet()").
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(INSPECTOR_STYLE);
        root.adoptedStyleSheets = [sheet];
        root.replaceChildren(startInspector(this.#ending.signal));
      }

      disconnectedCallback(): void {
        this.#ending?.abort();
      }
    },
  );
}

/** Starts the inspector and returns its root element. The signal stops it. */
function startInspector(signal: AbortSignal): HTMLElement {
  let record: InspectorRecord = EMPTY_RECORD;
  const update = (next: InspectorRecord): void => {
    record = next;
  };
  const source = listenToWorker(
    {
      onSession: (session) => update(addSession(record, session, Date.now())),
      onRequest: (request) => update(addWatched(record, request)),
      onAlarm: (alarm) => update(addAlarm(record, alarm)),
      onChallenge: (challenge) => update(addChallenge(record, challenge, Date.now())),
      onReport: (report) => update(addWorker(record, report)),
      onHealth: (health) => facts.setHealth(health),
    },
    signal,
  );
  const facts = createFactsView(() => void source.check());
  const views = [
    createSummaryView(() => update(clearRecord(record))),
    createTimeLineView(),
    createRequestView(),
    facts,
    createHappeningsView(),
  ] as const;
  const [summary, timeLine, requests, , happenings] = views;

  const explained = rememberExplanations(source);
  listenToRequests((timed) => {
    const complete = addTimed(record, timed);
    if (complete) return update(complete);
    explained(timed).then(
      // The worker may have reported it in the meantime.
      (explanation) => update(addTimed(record, timed) ?? addExplained(record, timed, explanation)),
      // Without a worker there are no rules.
      () => {},
    );
  }, signal);

  const show = (): void => {
    if (!isVisible()) return;
    for (const view of views) view.show(record, Date.now());
  };
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const timer = setInterval(show, isCalm ? CALM_TICK_MS : TICK_MS);
  signal.addEventListener('abort', () => clearInterval(timer));
  requestAnimationFrame(show);

  return html('section', { class: 'inspector', 'aria-labelledby': 'title' }, [
    summary.element,
    timeLine.element,
    html('div', { class: 'columns' }, [
      requests.element,
      html('div', { class: 'side' }, [facts.element, happenings.element, createExplainView(source.explainSketch)]),
    ]),
  ]);
}

/**
 * Explains requests that the worker has not reported. An explanation that depends on the URL alone is requested once. For every
 * other request, the worker is asked to report requests from now on, since it had stopped or had not been asked before.
 */
function rememberExplanations({ check, explainSketch }: WorkerSource): (timed: TimedRequest) => Promise<Explanation> {
  const known = new Map<string, Explanation>();
  /** Queue of calls, one at a time: a page may have loaded hundreds of resources before. */
  let turn: Promise<unknown> = Promise.resolve();
  const ask = async ({ url, destination }: TimedRequest): Promise<Explanation> => {
    const key = new URL(url).origin;
    const before = known.get(url) ?? known.get(key);
    if (before) return before;
    const explanation = await explainSketch({ url, method: 'GET', destination, hasAuthorization: false });
    if (explanation.reason === 'other_origin') known.set(key, explanation);
    else if (isAboutUrl(explanation)) known.set(url, explanation);
    else void check();
    return explanation;
  };
  return (timed) => {
    const asked = turn.then(() => ask(timed));
    turn = asked.catch(() => {});
    return asked;
  };
}
