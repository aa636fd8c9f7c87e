/**
 * Returns the processor time that a function takes, in milliseconds. The time of a clock grows when other programs have the processor.
 *
 * @param work returns when it is done: what runs later is not counted
 */
export function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
