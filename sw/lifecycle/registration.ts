/**
 * Returns whether a worker was unregistered. It still handles the pages that it controls, but its registration can be neither
 * written to nor updated.
 *
 * @param registration the worker's own
 */
export async function isUnregistered(registration: ServiceWorkerRegistration): Promise<boolean> {
  const { navigationPreload } = registration;
  try {
    // Check without the network, by a write that changes nothing.
    await navigationPreload.setHeaderValue((await navigationPreload.getState()).headerValue ?? 'true');
    return false;
  } catch {
    return registration.update().then(
      () => false,
      () => true,
    );
  }
}

/**
 * Finds the path of another script that was registered in a worker's place, or is about to be.
 *
 * @param registration the worker's own
 * @param scriptUrl the worker's script
 */
export function findReplacement(
  { installing, waiting, active }: ServiceWorkerRegistration,
  scriptUrl: string,
): string | undefined {
  const other = [installing, waiting, active].find((worker) => worker && worker.scriptURL !== scriptUrl);
  return other ? new URL(other.scriptURL).pathname : undefined;
}
