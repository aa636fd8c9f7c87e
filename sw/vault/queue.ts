/** Runs one thing after the other, whether or not the one before went well. */
export type Queue = <T>(act: () => Promise<T>) => Promise<T>;

/** Creates an empty queue. */
export function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const done = last.then(act);
    last = done.catch(() => {});
    return done;
  };
}
