import { hasMembers } from '../../src/protocol/json.ts';
import type { Vault } from '../vault/vault.ts';
import type { Tripwires } from './tripwires.ts';

/** Parts that {@link createUpdateCheck} puts to use. */
export interface UpdateCheckParts {
  /** Keeps the count: a worker is stopped long before the next check is due. */
  readonly vault: Pick<Vault, 'read' | 'write'>;
  /** The worker's own; its update rejects where the browser did not get the script. */
  readonly registration: { readonly update: () => Promise<unknown> };
  readonly tripwires: Pick<Tripwires, 'tell'>;
  readonly now: () => number;
}

/** When the next check is due, and how many have failed since the last one that did not. */
interface UpdateRecord {
  readonly nextAtMs: number;
  readonly failures: number;
}

function isUpdateRecord(value: unknown): value is UpdateRecord {
  return hasMembers(value) && Number.isFinite(value['nextAtMs']) && Number.isFinite(value['failures']);
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Number of failed checks in a row from which on each one is told: a server that is just being deployed fails one. */
const FAILURES_TO_TELL = 3;

/**
 * Checks whether the worker can still be updated. Nobody hears of a check of the browser's that fails: cookies for the script's path
 * that the server refuses, or a script that has moved, leave a worker as it is for as long as they last.
 *
 * Call it when a request has just succeeded, so that there is a network. A check is due once a day, and once an hour after one that
 * failed; from the third failure in a row on, each one is told. A check also brings new versions to browsers whose own checks the gate
 * refuses.
 */
export function createUpdateCheck({ vault, registration, tripwires, now }: UpdateCheckParts): () => Promise<void> {
  let isChecking = false;

  const write = async (record: UpdateRecord): Promise<void> => void (await vault.write('update', record));

  const check = async (): Promise<void> => {
    const record = await vault.read('update');
    if (!isUpdateRecord(record)) return write({ nextAtMs: now() + HOUR_MS, failures: 0 });
    const isDue = record.nextAtMs <= now() || record.nextAtMs > now() + DAY_MS;
    if (!isDue) return;
    // Written down first: a new version may end this one at any moment.
    await write({ nextAtMs: now() + DAY_MS, failures: record.failures });
    const hasSucceeded = await registration.update().then(
      () => true,
      () => false,
    );
    if (hasSucceeded) return write({ nextAtMs: now() + DAY_MS, failures: 0 });
    const failures = record.failures + 1;
    await write({ nextAtMs: now() + HOUR_MS, failures });
    if (failures >= FAILURES_TO_TELL) await tripwires.tell('update_failed', 'reported');
  };

  return async () => {
    if (isChecking) return;
    isChecking = true;
    await check().catch(() => {});
    isChecking = false;
  };
}
