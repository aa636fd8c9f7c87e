import type { Alarm, Tripwire } from '../../src/protocol/alarm.ts';
import type { ErrorCode } from '../../src/protocol/error-codes.ts';
import { TokenwardError } from '../../src/protocol/error.ts';

/** What the tripwires watch, and what they set in motion. */
export interface TripwireParts {
  /** Path of the script that was registered in this worker's place, if one was. */
  readonly replacement: () => string | undefined;
  readonly isUnregistered: () => Promise<boolean>;
  /** Ends the session; its tokens are wiped, or are to be revoked too. Returns whether there was one. */
  readonly endSession: (error: TokenwardError, tokens: 'revoke' | 'wipe') => Promise<boolean>;
  /** Revokes what is to be revoked; absent if the configuration does not want it. */
  readonly revoke: (() => Promise<void>) | undefined;
  /** Tells of an alarm. */
  readonly announce: (alarm: Alarm) => Promise<unknown>;
  readonly now: () => number;
}

/** The tripwires that end the session: nothing but what runs in the origin can set them off. */
type EndingTripwire = Tripwire & ErrorCode;

/** The tripwires of a worker. */
export interface Tripwires {
  /**
   * Ends the session by a tripwire, and tells of it.
   *
   * @param path script that set it off, if it is known
   */
  readonly end: (tripwire: EndingTripwire, path?: string) => Promise<void>;
  /**
   * Tells of a tripwire that ends nothing: what another site or a server can set off must sign nobody out.
   *
   * @param consequence what was done already
   * @param url what was requested, where it is about a request
   */
  readonly tell: (
    tripwire: Exclude<Tripwire, ErrorCode>,
    consequence: 'reported' | 'stopped',
    url?: string,
  ) => Promise<void>;
  /** Looks whether the registration is still this worker's own. */
  readonly lookAround: () => Promise<void>;
  /** The same without waiting, at most once in ten seconds: for what happens often. */
  readonly glance: () => void;
}

/** Who sets off a tripwire again and again does not make the worker tell of it as often. */
const INTERVAL_MS = 60_000;

const GLANCE_INTERVAL_MS = 10_000;

/** Why there is no session any more. */
const ENDS: Readonly<Record<EndingTripwire, string>> = {
  // Who gets rid of the worker gets rid of what keeps the codes of other flows from the page: the tokens go too.
  worker_unregistered: 'The worker was unregistered',
  worker_replaced: 'Another worker was registered in its place',
  worker_impersonated: 'A script posed as its next version',
};

/** @param parts what to watch, and what to do */
export function createTripwires({ revoke, now, ...parts }: TripwireParts): Tripwires {
  /** When a tripwire was last told of, and how often it went off since. */
  const told = new Map<Tripwire, { readonly atMs: number; count: number }>();
  let lookedAtMs = -Infinity;

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

  const lookAround = async (): Promise<void> => {
    lookedAtMs = now();
    const replacement = parts.replacement();
    if (replacement !== undefined) await end('worker_replaced', replacement);
    else if (await parts.isUnregistered()) await end('worker_unregistered');
  };

  return {
    end,
    tell,
    lookAround,
    glance: () => {
      if (Math.abs(now() - lookedAtMs) >= GLANCE_INTERVAL_MS) void lookAround();
    },
  };
}
