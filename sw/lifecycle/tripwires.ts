import type { Alarm, Tripwire } from '../../src/protocol/alarm.ts';
import type { ErrorCode } from '../../src/protocol/error-codes.ts';
import { TokenwardError } from '../../src/protocol/error.ts';

/** Dependencies of the tripwires. */
export interface TripwireParts {
  /** Path of the script that was registered in this worker's place, if one was. */
  readonly replacement: () => string | undefined;
  readonly isUnregistered: () => Promise<boolean>;
  /** Ends the session and wipes its tokens, or queues them for revocation. Returns whether there was a session. */
  readonly endSession: (error: TokenwardError, tokens: 'revoke' | 'wipe') => Promise<boolean>;
  /** Revokes the queued tokens; absent if the configuration does not require it. */
  readonly revoke: (() => Promise<void>) | undefined;
  /** Announces an alarm. */
  readonly announce: (alarm: Alarm) => Promise<unknown>;
  readonly now: () => number;
}

/** Tripwires that end the session: only code in the origin can trigger them. */
type EndingTripwire = Tripwire & ErrorCode;

/** Announcements of one tripwire. */
interface Announced {
  /** Time of the last one, in milliseconds since the epoch. */
  readonly atMs: number;
  /** Number of events since. */
  readonly count: number;
}

/** Shortest interval between two announcements of the same tripwire, in milliseconds. */
const INTERVAL_MS = 60_000;

const CHECK_INTERVAL_MS = 10_000;

/** Reasons for the end of the session, as sentences. */
const ENDS: Readonly<Record<EndingTripwire, string>> = {
  // Without the worker, nothing keeps the codes of other flows from the page: forget the tokens too.
  worker_unregistered: 'The worker was unregistered',
  worker_replaced: 'Another worker was registered in its place',
  worker_impersonated: 'A script posed as its next version',
};

/** Tripwires of a worker. */
export class Tripwires {
  readonly #parts: TripwireParts;
  readonly #announced: Map<Tripwire, Announced> = new Map();
  /** Time of the last check of the registration; `undefined` before the first. */
  #checkedAtMs: number | undefined;

  constructor(parts: TripwireParts) {
    this.#parts = parts;
  }

  /**
   * Ends the session because of a tripwire, and announces the alarm.
   *
   * @param path path of the script that triggered it, if it is known
   */
  async trip(tripwire: EndingTripwire, path?: string): Promise<void> {
    const { endSession, revoke } = this.#parts;
    const what = path === undefined ? ENDS[tripwire] : `${ENDS[tripwire]} (${path})`;
    const error = new TokenwardError(tripwire, `${what}: the session has ended. Load the page again.`);
    const hadSession = await endSession(error, revoke ? 'revoke' : 'wipe');
    const consequence = !hadSession ? 'reported' : revoke ? 'revoked' : 'wiped';
    await Promise.all([hadSession && revoke?.(), this.#announceThrottled(tripwire, consequence)]);
  }

  /**
   * Announces a tripwire without ending the session: an event that another site or a server can trigger must not sign the user
   * out.
   *
   * @param consequence the action that was taken already
   * @param url the requested URL, if it is about a request
   */
  tell(tripwire: Exclude<Tripwire, ErrorCode>, consequence: 'reported' | 'stopped', url?: string): Promise<void> {
    return this.#announceThrottled(tripwire, consequence, url);
  }

  /** Checks whether the registration is still this worker's own. */
  async checkRegistration(): Promise<void> {
    this.#checkedAtMs = this.#parts.now();
    const replacement = this.#parts.replacement();
    if (replacement !== undefined) await this.trip('worker_replaced', replacement);
    else if (await this.#parts.isUnregistered()) await this.trip('worker_unregistered');
  }

  /** Starts the same check without waiting, at most once in ten seconds: for frequent events. */
  checkRegistrationThrottled(): void {
    const isRecent =
      this.#checkedAtMs !== undefined && Math.abs(this.#parts.now() - this.#checkedAtMs) < CHECK_INTERVAL_MS;
    if (!isRecent) void this.checkRegistration();
  }

  /** Announces an alarm, unless there was one of the same tripwire shortly before: then it is counted. */
  async #announceThrottled(tripwire: Tripwire, consequence: Alarm['consequence'], url?: string): Promise<void> {
    const atMs = this.#parts.now();
    const last = this.#announced.get(tripwire);
    const count = (last?.count ?? 0) + 1;
    if (last && Math.abs(atMs - last.atMs) < INTERVAL_MS) {
      this.#announced.set(tripwire, { atMs: last.atMs, count });
      return;
    }
    this.#announced.set(tripwire, { atMs, count: 0 });
    await this.#parts.announce({ tripwire, consequence, atMs, count, ...(url && { url }) });
  }
}
