import { descendantsOf } from './descendants.ts';
import { RandomStops } from './random-stops.ts';

/**
 * Stops random processes that this one has started, until the stops are ended, or this process ends.
 *
 * @throws Error if the system is not Linux
 */
export function stopDescendants(): RandomStops {
  if (process.platform !== 'linux') throw new Error('Processes are stopped on Linux only. Leave out --stops.');
  const stops = new RandomStops({
    list: () => descendantsOf(process.pid),
    signal: (id, name) => void process.kill(id, name),
    now: () => performance.now(),
    random: Math.random,
  });
  process.once('exit', () => stops.end());
  // Without a listener, a signal ends the process at once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  stops.start();
  return stops;
}
