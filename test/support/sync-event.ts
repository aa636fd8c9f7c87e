import type { CDPSession, Page } from 'playwright';

/** Finds the registration of a page's worker, by which events can be sent to it. */
export async function findRegistrationId(page: Page): Promise<{ cdp: CDPSession; registrationId: string }> {
  const cdp = await page.context().newCDPSession(page);
  const registered = new Promise<string>((resolve) => {
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const present = registrations.find(({ isDeleted }) => !isDeleted);
      if (present) resolve(present.registrationId);
    });
  });
  await cdp.send('ServiceWorker.enable');
  return { cdp, registrationId: await registered };
}

/** Makes the browser believe that it is time for a background sync. */
export async function dispatchSync(page: Page, tag: string): Promise<void> {
  const { cdp, registrationId } = await findRegistrationId(page);
  const { origin } = new URL(page.url());
  await cdp.send('ServiceWorker.dispatchSyncEvent', { origin, registrationId, tag, lastChance: false });
  await cdp.detach();
}
