import { choose } from '../support/choose.ts';

/** A way in which an app is served: its own development server, or its build behind the shipped policy. */
export type Mode = 'development' | 'production';

/** An app that installs the package and is driven in a browser, or type-checked. */
export interface AppUnderTest {
  /** The folder in `templates`, and the name for `--only`. */
  readonly name: string;
  /** The row of the matrix. */
  readonly title: string;
  /** Folders in `templates` whose files the app gets as well; its own files replace theirs. */
  readonly parts?: readonly string[];
  /** Path of the app, if it is not the root of the origin; ends with a slash. */
  readonly base?: string;
  /** Prefix of the app's routes after `base`, such as `#/` of a hash router. */
  readonly routes?: string;
  /** Modes in which it is served; both by default. */
  readonly modes?: readonly Mode[];
  /** Script that serves an older release of the app, whose worker the browser has already. */
  readonly before?: string;
  /** Environment variables that its tools need. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the part of CI holds it. */
  readonly isInCi?: boolean;
}

/** A TypeScript project, which is type-checked once for each of its configurations. */
export interface TypeScriptProject {
  readonly name: string;
  readonly title: string;
  /** Values of `moduleResolution`; `tsconfig.VALUE.json` is the configuration. */
  readonly resolutions: readonly string[];
  readonly isInCi?: boolean;
}

/** The choice of a command line. */
export interface Choice {
  /** Names with commas, or parts of them; all by default. */
  readonly only: string;
  /** `all` or `ci`, for the apps without `only`. */
  readonly part: string;
}

/**
 * Chooses apps by the options of the command line.
 *
 * @throws TypeError if a name fits no app, or the part is unknown
 */
export function chooseApps<T extends { readonly name: string; readonly isInCi?: boolean }>(
  all: readonly T[],
  { only, part }: Choice,
): readonly T[] {
  if (part !== 'all' && part !== 'ci') throw new TypeError(`--part ${part} is unknown. Use all or ci.`);
  if (only === '') return all.filter(({ isInCi }) => part === 'all' || isInCi === true);
  return choose(all, { only, namesOf: ({ name }) => [name] });
}
