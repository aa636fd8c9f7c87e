import { ENGINE_NAMES, type EngineName } from './engines/engine.ts';

/** Rules of an option that names what a command runs. */
interface Choice<T> {
  /** Texts separated by commas; empty for all. */
  readonly only: string;
  /** Name of the option; `only` by default. */
  readonly option?: string;
  /** Returns the names of a member. */
  readonly namesOf: (member: T) => readonly string[];
  /** How a text names a member: by a part of a name, in any case, which is the default, or by the whole. */
  readonly by?: 'part' | 'whole';
}

/**
 * Chooses what a command runs.
 *
 * @throws TypeError with all names, if a text names nothing
 */
export function choose<T>(all: readonly T[], { only, option = 'only', namesOf, by = 'part' }: Choice<T>): readonly T[] {
  const texts = only
    .split(',')
    .map((text) => text.trim())
    .filter(Boolean);
  const isNamed = (member: T, text: string): boolean =>
    namesOf(member).some((name) => (by === 'whole' ? name === text : name.toLowerCase().includes(text.toLowerCase())));
  for (const text of texts) {
    if (all.some((member) => isNamed(member, text))) continue;
    const names = [...new Set(all.flatMap(namesOf))].toSorted();
    throw new TypeError(`--${option} ${text} names nothing. It takes ${names.join('; ')}.`);
  }
  return texts.length === 0 ? all : all.filter((member) => texts.some((text) => isNamed(member, text)));
}

/**
 * Chooses the engines that a command runs in.
 *
 * @param engine names separated by commas, or `all`
 * @throws TypeError if a name is unknown
 */
export function chooseEngines(engine: string): readonly EngineName[] {
  const only = engine === 'all' ? '' : engine;
  return choose(ENGINE_NAMES, { only, option: 'engine', namesOf: (name) => [name], by: 'whole' });
}
