import type { Adapter, AdapterPayload } from 'oidc-provider';

interface StoredRecord {
  readonly payload: AdapterPayload;
  readonly expiresAtMs: number;
}

/** What the authorization server has stored; oidc-provider's own memory keeps only a thousand records. */
export class MemoryStore {
  readonly #records = new Map<string, Map<string, StoredRecord>>();

  /** Makes the adapter for one kind of record. */
  adapterFor(kind: string): Adapter {
    return {
      upsert: async (id, payload, expiresIn) => {
        const expiresAtMs = expiresIn === undefined ? Infinity : Date.now() + expiresIn * 1000;
        this.#of(kind).set(id, { payload, expiresAtMs });
      },
      find: async (id) => this.#find(kind, id),
      findByUid: async (uid) => this.#findWhere(kind, (payload) => payload.uid === uid),
      findByUserCode: async (userCode) => this.#findWhere(kind, (payload) => payload.userCode === userCode),
      consume: async (id) => {
        const payload = this.#find(kind, id);
        if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => {
        this.#of(kind).delete(id);
      },
      revokeByGrantId: async (grantId) => this.#deleteWhere(kind, (payload) => payload.grantId === grantId),
    };
  }

  /** Forgets all records of a kind. */
  clear(kind: string): void {
    this.#of(kind).clear();
  }

  #of(kind: string): Map<string, StoredRecord> {
    const records = this.#records.get(kind) ?? new Map<string, StoredRecord>();
    this.#records.set(kind, records);
    return records;
  }

  #find(kind: string, id: string): AdapterPayload | undefined {
    const stored = this.#of(kind).get(id);
    return stored !== undefined && stored.expiresAtMs > Date.now() ? stored.payload : undefined;
  }

  #findWhere(kind: string, matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    for (const [id, { payload }] of this.#of(kind)) {
      if (matches(payload)) return this.#find(kind, id);
    }
    return undefined;
  }

  #deleteWhere(kind: string, matches: (payload: AdapterPayload) => boolean): void {
    const records = this.#of(kind);
    for (const [id, { payload }] of records) {
      if (matches(payload)) records.delete(id);
    }
  }
}
