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

/** Tripwires of a worker. */
export interface Tripwires {
  /**
   * Ends the session because of a tripwire, and announces the alarm.
   *
   * @param path path of the script that triggered it, if it is known
   */
  readonly end: (tripwire: EndingTripwire, path?: string) => Promise<void>;
  /**
   * Announces a tripwire without ending the session: an event that another site or a server can trigger must not sign the user
   * out.
   *
   * @param consequence the action that was taken already
   * @param url the requested URL, if it is about a request
   */
  readonly tell: (
    tripwire: Exclude<Tripwire, ErrorCode>,
    consequence: 'reported' | 'stopped',
    url?: string,
  ) => Promise<void>;
  /** Checks whether the registration is still this worker's own. */
  readonly checkRegistration: () => Promise<void>;
  /** Starts the same check without waiting, at most once in ten seconds: for frequent events. */
  readonly checkRegistrationThrottled: () => void;
}

/** Shortest interval between two announcements of the same tripwire, in milliseconds. */
const INTERVAL_MS = 60_000;

const CHECK_INTERVAL_MS = 10_000;

/** Reasons for the end of the session, as sentences. */
const ENDS: Readonly<Record<EndingTripwire, string>> = {
  // Who gets rid of the worker gets rid of what keeps the codes of other flows from the page: the tokens go too.
  worker_unregistered: 'The worker was unregistered',
  worker_replaced: 'Another worker was registered in its place',
  worker_impersonated: 'A script posed as its next version',
};

/**
 * Creates the tripwires of a worker.
 *
 * @param parts dependencies
 */
export function createTripwires({ revoke, now, ...parts }: TripwireParts): Tripwires {
  /** Time of each tripwire's last announcement, and the number of events since. */
  const told = new Map<Tripwire, { readonly atMs: number; count: number }>();
  let checkedAtMs = -Infinity;

  const tell = async (tripwire: Tripwire, consequence: Alarm['consequence'], url?: string): Promise<void> => {
    const atMs = now();
    const last = told.get(tripwire);
    const count = (last?.count ?? 0) + 1;
    if (last && Math.abs(atMs - last.atMs) < INTERVAL_MS) {
      last.count = count;
      return;
    }
    told.set(tripwire, { atMs, count: 0 });
    await parts.announce({ tripwire, consequence, atMs, count, ...(url && { url }) });
  };

  const end = async (tripwire: EndingTripwire, path?: string): Promise<void> => {
    const what = path === undefined ? ENDS[tripwire] : `${ENDS[tripwire]} (${path})`;
    const error = new TokenwardError(tripwire, `${what}: the session has ended. Load the page again.`);
    const hadSession = await parts.endSession(error, revoke ? 'revoke' : 'wipe');
    await Promise.all([
      hadSession && revoke?.(),
      tell(tripwire, !hadSession ? 'reported' : revoke ? 'revoked' : 'wiped'),
    ]);
  };

  const checkRegistration = async (): Promise<void> => {
    checkedAtMs = now();
    const replacement = parts.replacement();
    if (replacement !== undefined) await end('worker_replaced', replacement);
    else if (await parts.isUnregistered()) await end('worker_unregistered');
  };

  return {
    end,
    tell,
    checkRegistration,
    checkRegistrationThrottled: () => {
      if (Math.abs(now() - checkedAtMs) >= CHECK_INTERVAL_MS) void checkRegistration();
    },
  };
}
