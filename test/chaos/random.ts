/** Random choices that can be made again: the same seed gives the same sequence (mulberry32, public domain). */
export class Random {
  #state: number;

  /** @param seed any whole number */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 up to, but not, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `least` to `most`. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** One of the names, each as likely as its weight is of all. */
  weighted<N extends string>(weights: Readonly<Record<N, number>>): N {
    const names = keysOf(weights);
    let point = this.next() * names.reduce((sum, name) => sum + weights[name], 0);
    for (const name of names) {
      point -= weights[name];
      if (point < 0) return name;
    }
    throw new RangeError('No name has a weight.');
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.integer(0, items.length - 1)];
    if (item === undefined) throw new RangeError('There is nothing to pick from.');
    return item;
  }
}

function keysOf<N extends string>(record: Readonly<Record<N, unknown>>): N[] {
  const names: N[] = [];
  for (const name in record) names.push(name);
  return names;
}
