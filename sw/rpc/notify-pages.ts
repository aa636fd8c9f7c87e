/** Dependencies of the notifications. */
export interface NotificationParts {
  /** URL that the worker is registered for. */
  readonly registrationScope: () => string;
  /** Lists the pages and frames that this worker controls. */
  readonly listWindows: () => Promise<readonly Pick<WindowClient, 'id' | 'postMessage'>[]>;
}

/** Notifies the pages of the worker. */
export type NotifyPages = (message: object, clientId?: string) => Promise<void>;

/**
 * Creates the notifications of every page that this worker controls. The state of one app must not reach another app of the origin: a
 * page that another worker controls gets no message, whatever its URL, and a page that no worker controls asks once one does. The message
 * names the scope, for the page of another app whose worker has not taken control yet.
 *
 * @returns takes a message, and the page that alone gets it if it is there
 */
export function createNotifyPages({ registrationScope, listWindows }: NotificationParts): NotifyPages {
  return async (message, clientId) => {
    const pages = await listWindows();
    const meant = pages.filter(({ id }) => id === clientId);
    for (const page of meant.length > 0 ? meant : pages) page.postMessage({ ...message, scope: registrationScope() });
  };
}
