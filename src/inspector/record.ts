import type { AccessChallenge } from '../protocol/access-challenge.ts';
import type { Alarm } from '../protocol/alarm.ts';
import type { Explanation } from '../protocol/explanation.ts';
import type { Session } from '../protocol/session.ts';
import type { WatchedRequest, WorkerReport } from '../protocol/worker-api.ts';
import { requirementOf } from './wording.ts';

/** Request in the record. */
export interface SeenRequest extends Explanation {
  readonly id: number;
  /** Origin and path. */
  readonly url: string;
  /** Absent if only the browser's timing reports the request. */
  readonly method?: string;
  readonly destination: string;
  readonly atMs: number;
  /** Duration in milliseconds; absent while the request is in progress and for requests of other tabs. */
  readonly tookMs?: number;
  /** Absent if the browser does not report it. */
  readonly status?: number;
}

/** Request as the browser's timing reports it. */
export interface TimedRequest {
  readonly url: string;
  readonly destination: string;
  readonly atMs: number;
  readonly tookMs: number;
  readonly status?: number;
}

/** Period with one status of the session. */
export interface SessionSpan {
  readonly fromMs: number;
  readonly status: Session['status'];
}

/** Lifetime of an access token. */
export interface TokenSpan {
  readonly fromMs: number;
  readonly expiresAtMs: number;
  /** Whether it replaced another one. */
  readonly isRenewal: boolean;
}

/** Event of session or worker, in words. */
export interface Happening {
  readonly id: number;
  readonly atMs: number;
  readonly text: string;
}

/** Memory of the inspector. It holds only values that the page may know anyway, and never a token. */
export interface InspectorRecord {
  readonly session: Session | undefined;
  readonly worker: WorkerReport | undefined;
  readonly sessions: readonly SessionSpan[];
  readonly tokens: readonly TokenSpan[];
  readonly starts: readonly number[];
  /** The oldest first. */
  readonly requests: readonly SeenRequest[];
  readonly happenings: readonly Happening[];
  readonly lastId: number;
}

/** Whether an explanation is the same for every method and header: it is about the URL, or there is no rule for it. */
export function isAboutUrl({ reason }: Explanation): boolean {
  return /^(other_origin|other_path|ambiguous_path|excluded_path)$/.test(reason);
}

/** Record without entries. */
export const EMPTY_RECORD: InspectorRecord = {
  session: undefined,
  worker: undefined,
  sessions: [],
  tokens: [],
  starts: [],
  requests: [],
  happenings: [],
  lastId: 0,
};

const MAX_REQUESTS = 300;
const MAX_OTHERS = 100;
/**
 * Largest difference of the two times at which browser and worker report the same request, in milliseconds. A worker that must
 * start first reports it later.
 */
const SAME_REQUEST_MS = 10_000;

/** Adds the session that the worker reports. */
export function addSession(record: InspectorRecord, session: Session, atMs: number): InspectorRecord {
  const before = record.session;
  const isNews = before?.status !== session.status;
  const sessions = isNews ? newest(record.sessions, { fromMs: atMs, status: session.status }) : record.sessions;
  const next = { ...record, session, sessions };
  if (session.status === 'signed-out') {
    const { reason, limit } = session;
    const why = limit ? `${reason} (${limit})` : reason;
    const text = before?.status === 'signed-in' ? `Signed out: ${why}` : `No session: ${why}`;
    return isNews ? happened(next, atMs, text) : next;
  }
  const { expiresAtMs } = session;
  const known = before?.status === 'signed-in' ? before.expiresAtMs : undefined;
  if (known === expiresAtMs) return next;
  const isRenewal = known !== undefined;
  const tokens = newest(record.tokens, { fromMs: atMs, expiresAtMs, isRenewal });
  const what = isRenewal ? 'Access token renewed' : before ? 'Signed in' : 'Was signed in already';
  return happened({ ...next, tokens }, atMs, what);
}

/** Adds the worker's report. A different start time means a new run. */
export function addWorker(record: InspectorRecord, worker: WorkerReport): InspectorRecord {
  const next = { ...record, worker };
  if (record.worker?.startedAtMs === worker.startedAtMs) return next;
  const starts = newest(record.starts, worker.startedAtMs);
  return happened({ ...next, starts }, worker.startedAtMs, `Worker started, version ${worker.version}`);
}

/** Adds an alarm of the worker. */
export function addAlarm(record: InspectorRecord, { tripwire, consequence, atMs, count }: Alarm): InspectorRecord {
  return happened(record, atMs, `Alarm: ${tripwire} (${consequence}${count > 1 ? `, ${count} times` : ''})`);
}

/** Adds a request that the worker reports. */
export function addWatched(record: InspectorRecord, request: WatchedRequest): InspectorRecord {
  return withRequest(record, request);
}

/** Adds the browser's timing to the request that the worker reported; returns `undefined` if the worker reported none. */
export function addTimed(record: InspectorRecord, timed: TimedRequest): InspectorRecord | undefined {
  const watched = findWatched(record, timed);
  if (!watched) return undefined;
  const { tookMs, status } = timed;
  const complete = { ...watched, tookMs, ...(status !== undefined && { status }) };
  return { ...record, requests: record.requests.map((request) => (request === watched ? complete : request)) };
}

/** Adds a request that only the browser reports, with the worker's explanation for a GET. */
export function addExplained(record: InspectorRecord, timed: TimedRequest, explanation: Explanation): InspectorRecord {
  return withRequest(record, { ...timed, ...explanation });
}

/** Adds a challenge that a request of this page has met. */
export function addChallenge(record: InspectorRecord, challenge: AccessChallenge, atMs: number): InspectorRecord {
  const { method, url } = challenge;
  return happened(record, atMs, `${method} ${url} requires more: ${requirementOf(challenge)}`);
}

/** Removes requests and events, and keeps the current state. */
export function clearRecord(record: InspectorRecord): InspectorRecord {
  return { ...record, requests: [], happenings: [] };
}

function findWatched({ requests }: InspectorRecord, { url, atMs }: TimedRequest): SeenRequest | undefined {
  return requests.find(
    (request) =>
      request.url === url &&
      request.method !== undefined &&
      request.tookMs === undefined &&
      Math.abs(request.atMs - atMs) < SAME_REQUEST_MS,
  );
}

function withRequest(record: InspectorRecord, request: Omit<SeenRequest, 'id'>): InspectorRecord {
  const id = record.lastId + 1;
  const isBefore = ({ atMs }: SeenRequest): boolean => atMs <= request.atMs;
  const before = record.requests.filter(isBefore);
  const after = record.requests.filter((other) => !isBefore(other));
  return { ...record, lastId: id, requests: [...before, { ...request, id }, ...after].slice(-MAX_REQUESTS) };
}

function happened(record: InspectorRecord, atMs: number, text: string): InspectorRecord {
  const id = record.lastId + 1;
  return { ...record, lastId: id, happenings: newest(record.happenings, { id, atMs, text }) };
}

function newest<T>(items: readonly T[], item: T): readonly T[] {
  return [...items, item].slice(-MAX_OTHERS);
}
