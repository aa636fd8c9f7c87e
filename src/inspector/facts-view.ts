import { html, say } from './build-element.ts';
import type { InspectorRecord } from './record.ts';
import type { View } from './time-line-view.ts';
import type { WorkerHealth } from './worker-source.ts';
import { clockTime, duration, endsOf, SIGNED_OUT, STORAGE, times } from './wording.ts';

/** The session and the worker, as names and values. */
export interface FactsView extends View {
  readonly setHealth: (health: WorkerHealth) => void;
}

/**
 * Creates the list of facts about session and worker.
 *
 * @param onCheck called to check the worker's state
 */
export function createFactsView(onCheck: () => void): FactsView {
  let health: WorkerHealth | undefined;
  const session = createFacts([
    'State',
    'User',
    'Access token',
    'Renewed',
    'Limits',
    'Scopes',
    'Tokens kept',
    'Network',
    'Last error',
  ]);
  const worker = createFacts(['State', 'Version', 'Started', 'Answered in', 'Script', 'Scope', 'Update', 'Problem']);
  const check = html('button', { type: 'button' }, 'Check now');
  check.addEventListener('click', onCheck);
  const element = html('div', { class: 'facts' }, [
    html('section', { 'aria-labelledby': 'session-title' }, [
      html('h3', { id: 'session-title' }, 'Session'),
      session.list,
    ]),
    html('section', { 'aria-labelledby': 'worker-title' }, [
      html('div', { class: 'row' }, [html('h3', { id: 'worker-title' }, 'Worker'), check]),
      worker.list,
    ]),
  ]);

  return {
    element,
    setHealth: (next) => {
      health = next;
    },
    show: (record, nowMs) => {
      session.say(sessionFacts(record, nowMs));
      worker.say(workerFacts(record, health, nowMs));
    },
  };
}

type Values = Readonly<Record<string, string | undefined>>;

/** Creates a list of facts. Those without a value are hidden. */
function createFacts(names: readonly string[]): {
  readonly list: HTMLElement;
  readonly say: (values: Values) => void;
} {
  const entries = names.map((name) => {
    const value = html('dd');
    return { name, value, row: html('div', { hidden: true }, [html('dt', {}, name), value]) };
  });
  return {
    list: html(
      'dl',
      {},
      entries.map(({ row }) => row),
    ),
    say: (values) => {
      for (const { name, value, row } of entries) {
        row.hidden = values[name] === undefined;
        say(value, values[name] ?? '');
      }
    },
  };
}

function sessionFacts({ session, tokens }: InspectorRecord, nowMs: number): Values {
  if (!session) return { State: 'not known yet' };
  const { lastError } = session;
  const problem = { 'Last error': lastError && `${lastError.code}: ${lastError.message}` };
  if (session.status === 'signed-out') {
    const limit = session.limit ? ` (${session.limit})` : '';
    return { State: `Signed out: ${SIGNED_OUT[session.reason]}${limit}`, ...problem };
  }
  const { claims, expiresAtMs, scopes, storage, network } = session;
  const leftMs = expiresAtMs - nowMs;
  const renewals = tokens.filter(({ isRenewal }) => isRenewal);
  const last = renewals.at(-1);
  return {
    State: 'Signed in',
    User: typeof claims['name'] === 'string' ? `${claims['name']} (${claims.sub})` : claims.sub,
    'Access token': leftMs > 0 ? `expires in ${duration(leftMs)}` : 'expired: the next request renews it',
    Renewed: last ? `${times(renewals.length)}, last at ${clockTime(last.fromMs)}` : 'not since this page opened',
    Limits:
      endsOf(session, nowMs)
        .map(({ text }) => text)
        .join(', ') || undefined,
    Scopes: scopes.join(' '),
    'Tokens kept': STORAGE[storage],
    Network: network,
    ...problem,
  };
}

function workerFacts({ worker }: InspectorRecord, health: WorkerHealth | undefined, nowMs: number): Values {
  if (!health) return { State: 'none yet: nothing is registered for this page' };
  const { state, isInControl, isUpdating, answeredInMs, protocolVersion, problem, scriptUrl, scope } = health;
  return {
    State: `${state}, ${isInControl ? 'controls this page' : 'does not control this page'}`,
    Version: worker && `${worker.version}, protocol ${protocolVersion ?? 'not known'}`,
    Started: worker && `${clockTime(worker.startedAtMs)}, ${duration(nowMs - worker.startedAtMs)} ago`,
    'Answered in': answeredInMs === undefined ? undefined : `${answeredInMs.toFixed(1)} ms`,
    Script: scriptUrl === '' ? undefined : new URL(scriptUrl).pathname,
    Scope: new URL(scope).pathname,
    Update: isUpdating ? 'a new version is being installed' : undefined,
    Problem: problem,
  };
}
