import { SESSION_LIMITS, type SessionLimit } from '../protocol/session.ts';
import type { InspectorRecord, SeenRequest } from './record.ts';

/** Kind of the request that a mark represents. */
export type RequestKind = 'token' | 'alone' | 'answered' | 'failed';

/** Position on the time line, in pixels from its left end. */
export interface Span {
  readonly x: number;
  readonly width: number;
}

/** Request on the time line. */
export interface RequestMark extends Span {
  readonly kind: RequestKind;
  readonly row: number;
  readonly title: string;
}

/** Lifetime of an access token on the time line. */
export interface TokenMark extends Span {
  readonly isRenewal: boolean;
}

/** End of the session by a limit. */
export interface LimitMark {
  readonly limit: SessionLimit;
  readonly x: number;
  /** Whether the end is later than what the time line shows: then the mark is at its right end. */
  readonly isLater: boolean;
}

/** Content of the time line. */
export interface TimeLine {
  readonly nowX: number;
  readonly ticks: readonly { readonly x: number; readonly atMs: number }[];
  readonly sessions: readonly (Span & { readonly status: 'signed-in' | 'signed-out' })[];
  readonly tokens: readonly TokenMark[];
  readonly limits: readonly LimitMark[];
  readonly starts: readonly number[];
  readonly requests: readonly RequestMark[];
}

/** Section of time that the time line shows, and its width. */
export interface TimeLineView {
  readonly nowMs: number;
  /** Length of the past that is shown, in milliseconds. */
  readonly spanMs: number;
  readonly widthPx: number;
}

/** Number of rows for requests. Requests that fit in none overlap in the last row. */
export const REQUEST_ROWS = 4;

/** Share of the width for the future, where tokens expire. */
const FUTURE = 0.2;
const MIN_WIDTH_PX = 7;
const GAP_PX = 2;
/** Steps between ticks, in milliseconds. */
const STEPS_MS = [5, 10, 15, 30, 60, 120, 300, 600, 1800].map((seconds) => seconds * 1000);
const MAX_TICKS_PER_PX = 1 / 90;

/** Returns the kind of a request for the overview. */
export function kindOf({ action, status }: Pick<SeenRequest, 'action' | 'status'>): RequestKind {
  if (status !== undefined && status >= 400) return 'failed';
  return action === 'authorize' ? 'token' : action === 'pass' ? 'alone' : 'answered';
}

/** Computes the layout of the record. Entries before the visible section are omitted. */
export function layOutTimeLine(record: InspectorRecord, { nowMs, spanMs, widthPx }: TimeLineView): TimeLine {
  const nowX = widthPx * (1 - FUTURE);
  const fromMs = nowMs - spanMs;
  const toMs = fromMs + spanMs / (1 - FUTURE);
  const xOf = (atMs: number): number => Math.min(widthPx, Math.max(0, ((atMs - fromMs) / spanMs) * nowX));
  const between = (startMs: number, endMs: number): Span => ({
    x: xOf(startMs),
    width: Math.max(0, xOf(endMs) - xOf(startMs)),
  });
  const isShown = ({ width }: Span): boolean => width > 0;

  const stepMs = STEPS_MS.find((step) => (toMs - fromMs) / step <= widthPx * MAX_TICKS_PER_PX) ?? 3_600_000;
  const firstMs = Math.ceil(fromMs / stepMs) * stepMs;
  const ticks = Array.from({ length: Math.max(0, Math.floor((toMs - firstMs) / stepMs) + 1) }, (_, index) => {
    const atMs = firstMs + index * stepMs;
    return { x: xOf(atMs), atMs };
  });
  const sessions = record.sessions.map(({ fromMs: startMs, status }, index) => ({
    ...between(startMs, record.sessions[index + 1]?.fromMs ?? nowMs),
    status,
  }));
  const isSignedIn = record.session?.status === 'signed-in';
  const tokens = record.tokens.map(({ fromMs: startMs, expiresAtMs, isRenewal }, index) => {
    const next = record.tokens[index + 1]?.fromMs;
    const endMs = Math.min(next ?? Infinity, endOfSession(record, startMs), next || isSignedIn ? expiresAtMs : nowMs);
    return { ...between(startMs, endMs), isRenewal };
  });
  return {
    nowX,
    ticks,
    sessions: sessions.filter(isShown),
    tokens: tokens.filter(isShown),
    limits: placeLimits(record, { toMs, xOf }),
    starts: record.starts.filter((atMs) => atMs >= fromMs).map(xOf),
    requests: placeRequests(record, { fromMs, nowMs, xOf }),
  };
}

/** Places the ends of the session that continues. */
function placeLimits(
  { session }: InspectorRecord,
  { toMs, xOf }: { readonly toMs: number; readonly xOf: (atMs: number) => number },
): readonly LimitMark[] {
  const limits = session?.status === 'signed-in' ? session.limits : undefined;
  return SESSION_LIMITS.flatMap((limit) => {
    const end = limits?.[limit];
    return end ? [{ limit, x: xOf(end.endsAtMs), isLater: end.endsAtMs > toMs }] : [];
  });
}

/** Returns the time at which the session of a token ended; infinity if it continues. */
function endOfSession({ sessions }: InspectorRecord, startMs: number): number {
  return sessions.find(({ fromMs, status }) => status === 'signed-out' && fromMs >= startMs)?.fromMs ?? Infinity;
}

/** Places requests in rows, each in the first row with room. */
function placeRequests(
  { requests }: InspectorRecord,
  { fromMs, nowMs, xOf }: { fromMs: number; nowMs: number; xOf: (atMs: number) => number },
): readonly RequestMark[] {
  const ends: number[] = Array.from({ length: REQUEST_ROWS }, () => -Infinity);
  return requests
    .filter(({ atMs, tookMs = 0 }) => atMs + tookMs >= fromMs)
    .map((request) => {
      const { atMs, tookMs = 0, method, url } = request;
      const x = xOf(atMs);
      const width = Math.max(MIN_WIDTH_PX, xOf(Math.min(nowMs, atMs + tookMs)) - x);
      const free = ends.findIndex((end) => end + GAP_PX <= x);
      const row = free < 0 ? REQUEST_ROWS - 1 : free;
      ends[row] = x + width;
      return { x, width, row, kind: kindOf(request), title: `${method ?? ''} ${new URL(url).pathname}`.trim() };
    });
}
