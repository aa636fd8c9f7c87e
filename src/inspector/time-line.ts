import type { InspectorRecord, SeenRequest } from './record.ts';

/** What kind of request a mark stands for. */
export type RequestKind = 'token' | 'alone' | 'answered' | 'failed';

/** Where something lies on the time line, in pixels from its left end. */
export interface Span {
  readonly x: number;
  readonly width: number;
}

/** A request on the time line. */
export interface RequestMark extends Span {
  readonly kind: RequestKind;
  readonly row: number;
  readonly title: string;
}

/** The life of an access token on the time line. */
export interface TokenMark extends Span {
  readonly isRenewal: boolean;
}

/** All that the time line shows. */
export interface TimeLine {
  readonly nowX: number;
  readonly ticks: readonly { readonly x: number; readonly atMs: number }[];
  readonly sessions: readonly (Span & { readonly status: 'signed-in' | 'signed-out' })[];
  readonly tokens: readonly TokenMark[];
  readonly starts: readonly number[];
  readonly requests: readonly RequestMark[];
}

/** How the time line is looked at. */
export interface TimeLineView {
  readonly nowMs: number;
  /** How much of the past is shown, in milliseconds. */
  readonly spanMs: number;
  readonly widthPx: number;
}

/** How many rows requests are spread over; those that find no place overlap in the last. */
export const REQUEST_ROWS = 4;

/** The part of the width that is for the future, where tokens expire. */
const FUTURE = 0.2;
const LEAST_WIDTH_PX = 7;
const GAP_PX = 2;
/** Steps between ticks, in milliseconds. */
const STEPS_MS = [5, 10, 15, 30, 60, 120, 300, 600, 1800].map((seconds) => seconds * 1000);
const MOST_TICKS_PER_PX = 1 / 90;

/** What a request is, for whoever looks at it from afar. */
export function kindOf({ action, status }: Pick<SeenRequest, 'action' | 'status'>): RequestKind {
  if (status !== undefined && status >= 400) return 'failed';
  return action === 'authorize' ? 'token' : action === 'pass' ? 'alone' : 'answered';
}

/** Lays out what is remembered; what is older than what is shown is left out. */
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

  const stepMs = STEPS_MS.find((step) => (toMs - fromMs) / step <= widthPx * MOST_TICKS_PER_PX) ?? 3_600_000;
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
    starts: record.starts.filter((atMs) => atMs >= fromMs).map(xOf),
    requests: placeRequests(record, { fromMs, nowMs, xOf }),
  };
}

/** When the session ended in which a token was got; infinite if it goes on. */
function endOfSession({ sessions }: InspectorRecord, startMs: number): number {
  return sessions.find(({ fromMs, status }) => status === 'signed-out' && fromMs >= startMs)?.fromMs ?? Infinity;
}

/** Spreads requests over rows, each into the first where it has room. */
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
      const width = Math.max(LEAST_WIDTH_PX, xOf(Math.min(nowMs, atMs + tookMs)) - x);
      const free = ends.findIndex((end) => end + GAP_PX <= x);
      const row = free < 0 ? REQUEST_ROWS - 1 : free;
      ends[row] = x + width;
      return { x, width, row, kind: kindOf(request), title: `${method ?? ''} ${new URL(url).pathname}`.trim() };
    });
}
