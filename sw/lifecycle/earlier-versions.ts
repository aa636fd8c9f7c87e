/** Time between two looks at the waiting version, in milliseconds. */
const INTERVAL_MS = 100;
/** Number of looks: twenty seconds, since a version may also wait until its user agrees. */
const MAX_LOOKS = 200;

/**
 * Waits, before this version asks the active one for its key, until no earlier version waits to become active. As soon as that one is
 * active, it seals all records under its own key, which the one before it does not know.
 *
 * @param isAnyWaiting whether another version is installed and not active yet
 * @param delay waits for a number of milliseconds
 */
export async function waitForEarlierVersions(
  isAnyWaiting: () => boolean,
  delay: (delayMs: number) => Promise<void>,
): Promise<void> {
  for (let looks = 0; looks < MAX_LOOKS && isAnyWaiting(); looks += 1) await delay(INTERVAL_MS);
}
