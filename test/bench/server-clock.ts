/** Clock of the servers in this process: what they sign, store and check goes by it. */
export interface ServerClock {
  /** How far it is ahead of the right time, in milliseconds. */
  readonly aheadMs: number;
  setForward(ms: number): void;
  /** Sets it right again. */
  restore(): void;
}

/** Takes the place of `Date` in this process until it is restored. Timers go on by the right time. */
export function takeServerClock(): ServerClock {
  const RealDate = Date;
  let aheadMs = 0;
  const now = (): number => RealDate.now() + aheadMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, values, newTarget): Date =>
      Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget),
    get: (target, name, receiver): unknown => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  });
  return {
    get aheadMs() {
      return aheadMs;
    },
    setForward: (ms) => {
      aheadMs += ms;
    },
    restore: () => {
      globalThis.Date = RealDate;
    },
  };
}
