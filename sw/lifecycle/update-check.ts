import { hasMembers } from '../../src/protocol/json.ts';
import type { Vault } from '../vault/vault.ts';
import type { Tripwires } from './tripwires.ts';

/** Dependencies of {@link createUpdateCheck}. */
export interface UpdateCheckParts {
  /** Storage of the count: the browser stops the worker long before the next check is due. */
  readonly vault: Pick<Vault, 'read' | 'write'>;
  /** Registration of the worker. Its `update()` rejects if the browser did not get the script. */
  readonly registration: { readonly update: () => Promise<unknown> };
  readonly tripwires: Pick<Tripwires, 'tell'>;
  readonly now: () => number;
}

/** Time of the next check, and number of failed checks since the last success. */
interface UpdateRecord {
  readonly nextAtMs: number;
  readonly failures: number;
}

/** Parses the record from the vault; `undefined` if there was no check yet. */
function parseUpdateRecord(value: unknown): UpdateRecord | undefined {
  if (!hasMembers(value)) return undefined;
  const { nextAtMs, failures } = value;
  return typeof nextAtMs === 'number' && typeof failures === 'number' ? { nextAtMs, failures } : undefined;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Number of consecutive failed checks after which each failure is announced: one may fail during a deployment. */
const FAILURES_TO_TELL = 3;

/**
 * Creates the check whether the browser can still update the worker. The browser's own checks fail silently: if the server
 * refuses the cookies for the script's path, or the script has moved, the worker stays as it is.
 *
 * Call the check when a request has just succeeded, so that there is a network. A check is due once a day, and once an hour
 * after a failed one. From the third consecutive failure on, each one is announced. A check also brings new versions to
 * browsers whose own checks the gate refuses.
 */
export function createUpdateCheck({ vault, registration, tripwires, now }: UpdateCheckParts): () => Promise<void> {
  let isChecking = false;

  const write = async (record: UpdateRecord): Promise<void> => void (await vault.write('update', record));

  const check = async (): Promise<void> => {
    const record = parseUpdateRecord(await vault.read('update'));
    if (!record) return write({ nextAtMs: now() + HOUR_MS, failures: 0 });
    const isDue = record.nextAtMs <= now() || record.nextAtMs > now() + DAY_MS;
    if (!isDue) return;
    // Write it first, because a new version may end this one at any moment.
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
