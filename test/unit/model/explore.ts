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
  /** Each problem with the shortest way to it. */
  readonly problems: ReadonlyMap<string, readonly string[]>;
}

/**
 * Explores every order of everything that may happen, breadth first. The code under test cannot be copied in the middle of what it
 * does, so each state is reached anew by its steps.
 */
export async function explore(scenario: Scenario): Promise<Exploration> {
  const seen = new Set<string>();
  const problems = new Map<string, readonly string[]>();
  let ends = 0;
  let frontier: (readonly string[])[] = [[]];
  while (frontier.length > 0) {
    const further: (readonly string[])[] = [];
    for (const path of frontier) {
      const { world, happened } = await reach(scenario, path);
      const fingerprint = JSON.stringify([world.fingerprint(), [...happened].toSorted()]);
      if (seen.has(fingerprint)) continue;
      seen.add(fingerprint);
      const next = [
        ...scenario.happenings.map(({ label }) => label).filter((one) => !happened.has(one)),
        ...world.next(),
      ];
      further.push(...next.map((label) => [...path, label]));
      if (world.next().length > 0) continue;
      ends += 1;
      world.isHeld = false;
      for (const problem of await scenario.problems(world, happened)) {
        if (!problems.has(problem)) problems.set(problem, path);
      }
    }
    frontier = further;
  }
  return { states: seen.size, ends, problems };
}

async function reach(
  { begin, happenings }: Scenario,
  path: readonly string[],
): Promise<{ readonly world: World; readonly happened: ReadonlySet<string> }> {
  const world = new World();
  const happened = new Set<string>();
  await begin(world);
  await world.settle();
  world.isHeld = true;
  for (const label of path) {
    const happening = happenings.find((one) => one.label === label);
    if (happening) {
      happened.add(label);
      void happening.act(world);
    } else world.go(label);
    await world.settle();
  }
  return { world, happened };
}
