/** Part of a violation event that says what was blocked (Content Security Policy, section 5.1). */
export type PolicyViolation = Pick<
  SecurityPolicyViolationEvent,
  'blockedURI' | 'disposition' | 'effectiveDirective' | 'originalPolicy'
>;

/** Dependencies of {@link PolicyViolations}. */
export interface ViolationParts {
  /** Listens for what the policy of the worker script blocks. */
  readonly onPolicyViolation: (listener: (violation: PolicyViolation) => void) => void;
  /** Does something later. */
  readonly schedule: (act: () => void, delayMs: number) => void;
  /** Writes a warning for the developer. */
  readonly warn: (message: string) => void;
}

/** Time limit for a violation event, which may come after the request has failed. */
const VIOLATION_TIMEOUT_MS = 1000;

/**
 * Origins that the policy of the worker script (`connect-src`) has blocked. Warns the developer once for each, with the option that allows
 * it. A policy does not change while a worker runs.
 */
export class PolicyViolations {
  readonly #parts: ViolationParts;
  readonly #blocked: Set<string> = new Set();
  readonly #servers: Set<string> = new Set();
  #waiting: (() => void)[] = [];

  constructor(parts: ViolationParts) {
    this.#parts = parts;
    parts.onPolicyViolation((violation) => this.#note(violation));
  }

  /** Notes that an origin is one of the authorization server's, so that the warning names the right option. */
  noteServer(origin: string): void {
    this.#servers.add(origin);
  }

  /** Whether the policy has blocked an origin. A request to it has failed: its report may still be under way. */
  async isBlocked(origin: string): Promise<boolean> {
    if (!this.#blocked.has(origin)) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(() => this.#blocked.has(origin) && resolve());
        this.#parts.schedule(resolve, VIOLATION_TIMEOUT_MS);
      });
    }
    return this.#blocked.has(origin);
  }

  #note({ blockedURI, disposition, effectiveDirective, originalPolicy }: PolicyViolation): void {
    const [blocked] = /^\w+:\/\/[^/?#]+/.exec(blockedURI) ?? [];
    const isNamed = effectiveDirective === 'connect-src' && originalPolicy.includes('connect-src ');
    if (!isNamed || disposition !== 'enforce' || !blocked || this.#blocked.has(blocked)) return;
    this.#blocked.add(blocked);
    const option = this.#servers.has(blocked)
      ? 'Name it in the option "authorizationServers" of tokenward/server.'
      : 'Name it in the option "protectedResources" of the server if it is an API, and in "worker.connections" of tokenward.config.js ("workerConnections" of createTokenwardHandler()) if it is not.';
    this.#parts.warn(`The policy of the worker script (connect-src) blocked ${blocked}. ${option}`);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
