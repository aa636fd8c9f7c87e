/** Functions of the browser for a version that is to be activated. */
export interface ActivationParts {
  /** Asks the browser to activate this version without waiting until every page is closed. */
  readonly skipWaiting: () => Promise<void>;
  /** Whether the browser says that this version is not active yet. */
  readonly isBeforeActivation: () => boolean;
}

/** Interval between two requests, in milliseconds: longer than the version before chooses the moment itself (see `ActivationDelay`). */
const INTERVAL_MS = 15_000;

/**
 * Creates the function that activates this version without waiting until every page is closed. It asks the browser again while this
 * version is not active: Chromium forgets the request of the installation if the version before is started again. Of the requests
 * that follow, it takes only the first one into account, so the function does not waste it.
 */
export function createActivation({ skipWaiting, isBeforeActivation }: ActivationParts): () => Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = async (): Promise<void> => {
    clearTimeout(timer);
    timer = isBeforeActivation() ? setTimeout(ask, INTERVAL_MS) : undefined;
    await skipWaiting();
  };
  return ask;
}
