import { World } from './world.ts';

/** Something that may happen once, at any moment. */
export interface Happening {
  readonly label: string;
  readonly act: (world: World) => unknown;
}

/** Beginning, possible happenings, and conditions that must hold when nothing is left to do. */
export interface Scenario {
  readonly begin: (world: World) => Promise<void>;
  readonly happenings: readonly Happening[];
  /** @returns what does not hold */
  readonly problems: (world: World, happened: ReadonlySet<string>) => Promise<readonly string[]>;
}

/** Result of an exploration. */
export interface Exploration {
  readonly states: number;
  readonly ends: number;
  /** Each problem with the shortest way to it that was found. */
  readonly problems: ReadonlyMap<string, readonly string[]>;
}

/**
 * Explores every order of everything that may happen. The code under test cannot be copied in the middle of what it does, so it goes
 * on from each state by the first step that is possible, and each other step is taken anew from the beginning.
 */
export async function explore(scenario: Scenario): Promise<Exploration> {
  const seen = new Set<string>();
  const problems = new Map<string, readonly string[]>();
  let ends = 0;
  const paths: (readonly string[])[] = [[]];
  for (let path = paths.pop(); path; path = paths.pop()) {
    const reached = await reach(scenario, path);
    for (let way = path; ;) {
      const { world, happened } = reached;
      const fingerprint = JSON.stringify([world.fingerprint(), [...happened].toSorted()]);
      if (seen.has(fingerprint)) break;
      seen.add(fingerprint);
      const here = way;
      const begun = world.next();
      const next = [...begun, ...scenario.happenings.map(({ label }) => label).filter((one) => !happened.has(one))];
      if (begun.length > 0) {
        paths.push(...next.slice(1).map((label) => [...here, label]));
        way = [...here, ...next.slice(0, 1)];
        await take(scenario, reached, next[0] ?? '');
        continue;
      }
      paths.push(...next.map((label) => [...here, label]));
      ends += 1;
      world.isHeld = false;
      for (const problem of await scenario.problems(world, happened)) {
        if (here.length < (problems.get(problem)?.length ?? Infinity)) problems.set(problem, here);
      }
      break;
    }
  }
  return { states: seen.size, ends, problems };
}

/** A world, and what has happened in it. */
interface Reached {
  readonly world: World;
  readonly happened: Set<string>;
}

async function reach(scenario: Scenario, path: readonly string[]): Promise<Reached> {
  const reached: Reached = { world: new World(), happened: new Set() };
  const { world } = reached;
  await scenario.begin(world);
  await world.settle();
  world.isHeld = true;
  for (const label of path) await take(scenario, reached, label);
  return reached;
}

/** Lets one step be taken, or one thing happen. */
async function take({ happenings }: Scenario, { world, happened }: Reached, label: string): Promise<void> {
  const happening = happenings.find((one) => one.label === label);
  if (happening) {
    happened.add(label);
    void happening.act(world);
  } else world.go(label);
  await world.settle();
}
