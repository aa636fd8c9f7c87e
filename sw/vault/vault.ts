import type { SessionStorage } from '../../src/protocol/session.ts';

/** Name of a record; part of its additional authenticated data. */
export type RecordName = 'session' | 'pending' | 'outbox' | 'inheritance' | 'update';

/** Value of a record that this worker version cannot open. */
export const UNREADABLE: null = null;

/** Result of a request for the lease: `held` while another worker version refreshes. */
export type LeaseAnswer = 'granted' | 'held';

/** Storage for values that outlive the worker. Values are JSON and are never stored as plain text. */
export interface Vault {
  readonly storage: SessionStorage;
  /**
   * Reads a value.
   *
   * @returns the value, `undefined` if there is none, {@link UNREADABLE} if it was sealed under a lost key
   */
  read(name: RecordName): Promise<unknown>;
  /** Reads a value for another version of the worker: a later {@link Vault.write} does not count it as read. */
  peek(name: RecordName): Promise<unknown>;
  /**
   * Writes a value, unless another worker version has written the record since this one last read or wrote it.
   *
   * @returns whether it was written; after `false`, read again
   */
  write(name: RecordName, value: unknown): Promise<boolean>;
  /**
   * Requests the right to use the refresh token. The vault stores it, so that no other worker version uses the token meanwhile.
   *
   * @param ttlMs lifetime of the right if it is not released, in milliseconds
   */
  acquireLease(ttlMs: number): Promise<LeaseAnswer>;
  /** Releases the right. */
  releaseLease(): Promise<void>;
}
