/** Functions of the browser for a version that is to be activated. */
export interface ActivationParts {
  /** Asks the browser to activate this version without waiting until every page is closed. */
  readonly skipWaiting: () => Promise<void>;
  /** Whether the browser says that this version is not active yet. */
  readonly isBeforeActivation: () => boolean;
}

/** Interval between two requests, in milliseconds. */
const INTERVAL_MS = 2000;

/**
 * Creates the function that activates this version without waiting until every page is closed. It asks the browser again until this version is
 * active: Chromium forgets a request if the version before gets an event just when it is about to stop, and the new version would
 * wait until all pages are closed.
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
