import type { Fault, Faults } from '../servers/faults.ts';
import { PAGE_TIMEOUT_MS } from './engines/engine.ts';
import { endsInTime } from './time-limit.ts';

/** A place where a request waits until the test says what becomes of it. */
export interface Gate {
  /** Resolves when the request has arrived, and rejects if none does in time; it has not been processed yet. */
  readonly arrived: Promise<void>;
  /** Lets it go on, as ever or with a fault. */
  readonly open: (fault?: Fault) => void;
}

/** The connection is cut before the server has done anything. */
export const CUT_BEFORE: Fault = { stage: 'before', answer: 'cut' };

/** Makes the next request that matches wait until the gate is opened; all others pass. */
export function gateRequest<R>(faults: Faults<R>, matches: (request: R) => boolean): Gate {
  let arrive = (): void => {};
  let open = (_fault?: Fault): void => {};
  let isTaken = false;
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const opened = new Promise<Fault | undefined>((resolve) => {
    open = resolve;
  });
  faults.setRule(async (request) => {
    if (isTaken || !matches(request)) return undefined;
    isTaken = true;
    arrive();
    return opened;
  });
  return {
    get arrived() {
      return endsInTime(PAGE_TIMEOUT_MS, arrived, () => 'a request to arrive at its gate');
    },
    open: (fault) => open(fault),
  };
}

/**
 * Makes the server process the next request that matches, and keep its answer.
 *
 * @returns a function that cuts the connection. Call it at the end of the test: the log takes a request down when it is answered, and
 *   another test may count by then
 */
export function withholdAnswer<R>(faults: Faults<R>, matches: (request: R) => boolean): () => void {
  let cut = (): void => {};
  const until = new Promise<void>((resolve) => {
    cut = resolve;
  });
  faults.plan(matches, { stage: 'after', until, answer: 'cut' });
  return () => cut();
}
