/** Dependencies of the notifications. */
export interface NotificationParts {
  readonly origin: string;
  /** URL that the worker is registered for. */
  readonly registrationScope: () => string;
  /** Lists the pages and frames of this origin, those that the worker does not control too. */
  readonly listWindows: () => Promise<readonly Pick<WindowClient, 'id' | 'postMessage' | 'url'>[]>;
}

/** Notifies the pages of the worker's scope. */
export type NotifyPages = (message: object, clientId?: string) => Promise<void>;

/**
 * Creates the notifications of every page in the scope of this worker, pages that the worker does not control included. A message names
 * the scope: a page below a narrower one, where another app has its worker, ignores it.
 *
 * @returns takes a message, and the page that alone gets it if it is there
 */
export function createNotifyPages({ origin, registrationScope, listWindows }: NotificationParts): NotifyPages {
  return async (message, clientId) => {
    const scope = registrationScope();
    // A frame without an address of its own, such as `about:srcdoc`, has the worker of the page around it.
    const pages = (await listWindows()).filter(({ url }) => url.startsWith(scope) || !url.startsWith(origin));
    const meant = pages.filter(({ id }) => id === clientId);
    for (const page of meant.length > 0 ? meant : pages) page.postMessage({ ...message, scope });
  };
}
