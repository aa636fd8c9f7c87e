import type { SessionStorage } from '../../src/protocol/session.ts';

/** What a record is; part of what a sealed record is bound to. */
export type RecordName = 'session' | 'pending' | 'outbox' | 'inheritance' | 'update';

/** What a vault answers when there is a record that this worker version cannot open. */
export const UNREADABLE: null = null;

/** Whether a refresh may start; not while another worker version makes one. */
export type LeaseAnswer = 'granted' | 'held';

/**
 * Where the worker keeps what must outlive it. Values are JSON; they stand in no storage as plain text.
 */
export interface Vault {
  readonly storage: SessionStorage;
  /** @returns the value, `undefined` if there is none, {@link UNREADABLE} if it was sealed under a key that is gone */
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
   * Asks for the right to use the refresh token: written down, so that another worker version does not use it meanwhile.
   *
   * @param ttlMs how long the right lasts if nobody gives it back, in milliseconds
   */
  acquireLease(ttlMs: number): Promise<LeaseAnswer>;
  /** Gives the right back. */
  releaseLease(): Promise<void>;
}
