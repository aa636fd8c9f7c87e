import { html, say } from './build-element.ts';
import type { InspectorRecord } from './record.ts';
import type { View } from './time-line-view.ts';
import { duration } from './wording.ts';

/**
 * Creates the summary of session and worker.
 *
 * @param onClear called to remove requests and events
 */
export function createSummaryView(onClear: () => void): View {
  const pill = html('p', { class: 'pill', role: 'status' });
  const expiry = html('p', { class: 'expiry' });
  const clear = html('button', { type: 'button' }, 'Clear');
  clear.addEventListener('click', onClear);
  const element = html('header', {}, [
    html('h2', { id: 'title' }, 'Tokenward Inspector'),
    pill,
    expiry,
    html('div', { class: 'actions' }, [clear]),
  ]);
  return {
    element,
    show: (record, nowMs) => {
      const { state, text } = stateOf(record);
      pill.dataset['state'] = state;
      say(pill, text);
      say(expiry, expiryOf(record, nowMs));
    },
  };
}

function stateOf({ session }: InspectorRecord): { readonly state: string; readonly text: string } {
  if (!session) return { state: 'unknown', text: 'No answer yet' };
  if (session.status === 'signed-out') return { state: 'signed-out', text: 'Signed out' };
  const { name } = session.claims;
  return { state: 'signed-in', text: `Signed in as ${typeof name === 'string' ? name : session.claims.sub}` };
}

function expiryOf({ session }: InspectorRecord, nowMs: number): string {
  if (session?.status !== 'signed-in') return '';
  const leftMs = session.expiresAtMs - nowMs;
  return leftMs > 0 ? `token expires in ${duration(leftMs)}` : 'token expired: the next request renews it';
}
