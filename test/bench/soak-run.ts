import type { FigureRun, Summary } from '../support/figures.ts';
import { type Figure, growthOf, LIMITS, type Sample, takeSample } from './soak-sample.ts';
import { ACCESS_TOKEN_TTL_SECONDS, SoakWorld } from './soak-world.ts';

/** `restarts` and `updates` of the worker take place in the second half; in the first one a single worker lives. */
export const SOAK_OPTIONS = { refreshes: 360, restarts: 40, updates: 5, signOuts: 3 };

/** Number of samples in each half of a run. */
const SAMPLES = 12;
/** A page beside the one that stays comes once in so many refreshes. */
const VISIT_EVERY = 3;
/** Requests of the page that stays after each refresh. */
const REQUESTS = 3;

/** Figures of the worker, which starts from anew in the second half; the others are of a page and a profile that stay. */
const OF_WORKER: ReadonlySet<Figure> = new Set(['workerHeapKib', 'workerPorts', 'workerListeners']);

/** Requests that failed or carried a wrong token, and the samples of both halves. */
interface Course {
  wrong: number;
  readonly first: Sample[];
  readonly second: Sample[];
}

/**
 * Runs the hours of use and checks them.
 *
 * @param changeWorker makes the worker's script from the usual one
 */
export async function runSoak(
  { options, progress, table, check }: FigureRun<typeof SOAK_OPTIONS>,
  changeWorker: (script: string) => string = (script) => script,
): Promise<Summary> {
  const world = await SoakWorld.create(changeWorker);
  try {
    const { wrong, first, second } = await live(world, options, progress);
    const all = [...first, ...second];
    table({
      title: 'samples',
      head: Object.keys(LIMITS),
      rows: all.map((sample) => Object.values(sample).map(String)),
      notes: [],
    });
    const growths = new Map<string, number>();
    for (const figure of figuresOf(LIMITS)) {
      const parts: readonly (readonly [string, readonly Sample[]])[] = OF_WORKER.has(figure)
        ? [
            [`${figure} of one worker`, first],
            [`${figure} over restarts`, second],
          ]
        : [[figure, all]];
      for (const [name, samples] of parts) {
        const growth = growthOf(samples, figure);
        growths.set(name, growth);
        check(`${name} levels off`, growth <= LIMITS[figure], `grows by ${growth}, limit ${LIMITS[figure]}`);
      }
    }
    const { authorizationServer, api } = world.stack;
    const signIns = 1 + options.signOuts;
    const codes = authorizationServer.requests.count('token', 'authorization_code');
    const refreshes = authorizationServer.requests.count('token', 'refresh_token');
    const authorised = api.requests.list().filter(({ isAuthorised }) => isAuthorised);
    const tokens = new Set(authorised.map(({ tokenDigest }) => tokenDigest)).size;
    check('no session is lost', codes === signIns, `${codes} sign-ins for ${signIns}`);
    check('each request is answered with a token of its user', wrong === 0, `${wrong} of ${authorised.length}`);
    check(
      'each token that expires is refreshed once',
      refreshes >= options.refreshes && refreshes <= tokens,
      `${refreshes} refreshes, ${tokens} tokens`,
    );
    check('no refresh token is used twice', authorizationServer.requests.countRefreshTokenReuses() === 0);
    return {
      refreshes,
      requests: authorised.length,
      setMinutes: Math.round((options.refreshes * (ACCESS_TOKEN_TTL_SECONDS + 1)) / 60),
      samples: all.length,
      ...Object.fromEntries([...growths].map(([name, growth]) => [`growth: ${name}`, growth])),
    };
  } finally {
    await world.close();
  }
}

async function live(
  world: SoakWorld,
  { refreshes, restarts, updates, signOuts }: typeof SOAK_OPTIONS,
  progress: (line: string) => void,
): Promise<Course> {
  const course: Course = { wrong: 0, first: [], second: [] };
  const half = Math.floor(refreshes / 2);
  const isRestarted = evenly(restarts, half, refreshes);
  const isUpdated = evenly(updates - 1, half, refreshes);
  const isSignedOut = evenly(signOuts, 0, refreshes);
  const isSampled = [evenly(SAMPLES, 0, half), evenly(SAMPLES, half, refreshes)];
  // With an update the profile has all that it ever has.
  await world.updateWorker();
  for (let step = 1; step <= refreshes; step += 1) {
    if (isUpdated.has(step)) await world.updateWorker();
    if (isSignedOut.has(step)) await world.changeUser();
    await world.expireToken();
    const visitor = step % VISIT_EVERY === 0 ? await world.openVisitor() : undefined;
    const wrong = await Promise.all([world.call(world.page, REQUESTS), ...(visitor ? [world.call(visitor, 1)] : [])]);
    for (const count of wrong) course.wrong += count;
    await visitor?.close();
    if (isSampled.some((steps) => steps.has(step))) {
      const sample = await takeSample(world.browser, world.page);
      course[step <= half ? 'first' : 'second'].push(sample);
      progress(`${step} of ${refreshes}: ${JSON.stringify(sample)}`);
    }
    if (isRestarted.has(step)) await world.restartWorker();
  }
  return course;
}

/** Steps at which something happens so many times, evenly between two steps, and at the later one at last. */
function evenly(times: number, after: number, last: number): ReadonlySet<number> {
  return new Set(
    Array.from({ length: times }, (_, index) => after + Math.round(((index + 1) * (last - after)) / times)),
  );
}

function figuresOf(limits: Readonly<Record<Figure, number>>): readonly Figure[] {
  return Object.keys(limits).filter((name): name is Figure => name in LIMITS);
}
