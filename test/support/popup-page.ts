import type { AuthorizationOptions, ConnectOptions } from 'tokenward';
import type { Stack } from '../servers/stack.ts';
import type { EnginePage, EngineTab, Evaluator } from './engines/engine.ts';
import { connected, connectScript } from './app-page.ts';
import { until } from './until.ts';

/** How a call of `login()` ended: `signed in`, a code, or `pending` while it has not. */
export type PopupOutcome = string;

declare global {
  interface Window {
    /** Outcomes of the sign-ins that the page has begun, the oldest first. */
    outcomes: PopupOutcome[];
  }
}

const PATH = '/form';

/**
 * Opens a page with a form, and a button that signs in in a pop-up.
 *
 * @param options options of the sign-in besides `popup`
 * @param connectOptions options of the connection
 */
export async function openFormPage(
  page: EngineTab,
  { app }: Pick<Stack, 'app'>,
  options: AuthorizationOptions = {},
  connectOptions: ConnectOptions = {},
): Promise<void> {
  const script = connectScript(connectOptions);
  app.pages.set('/form.js', {
    ...script,
    body: `${script.body}
    window.outcomes = [];
    const signIn = () => {
      const at = window.outcomes.push('pending') - 1;
      window.tokenward.login({ ...${JSON.stringify(options)}, popup: true }).then(
        () => (window.outcomes[at] = 'signed in'),
        ({ code, message }) => {
          window.outcomes[at] = code ?? message;
          localStorage.setItem('outcome', window.outcomes[at]);
        },
      );
    };
    document.querySelector('#sign-in').onclick = signIn;
    // A driver that asks the page counts as a user who acts: another tab reads the outcome.
    const signInUnasked = () => (navigator.userActivation.isActive ? setTimeout(signInUnasked, 100) : signIn());
    new BroadcastChannel('unasked').onmessage = signInUnasked;`,
  });
  app.pages.set(PATH, {
    body: `<!doctype html><title>Form</title><form><input id="note"></form>
      <button id="sign-in">Sign in</button><p id="text">Text</p><script type="module" src="/form.js"></script>`,
  });
  await page.goto(`${app.origin}${PATH}`);
  await connected(page);
}

/** Clicks the button, and returns the pop-up when it shows the login page. */
export async function openPopup(page: EnginePage, stack: Pick<Stack, 'authorizationServer'>): Promise<EnginePage> {
  return popupAfter(page, stack, () => page.click('#sign-in'));
}

/** Returns the pop-up that something opens, when it shows the login page. */
export async function popupAfter(
  page: EnginePage,
  { authorizationServer }: Pick<Stack, 'authorizationServer'>,
  act: () => Promise<void>,
): Promise<EnginePage> {
  const before = await page.profile.pages();
  await act();
  const popup = await until(
    async () => (await page.profile.pages()).find((each) => !before.includes(each)),
    () => 'the pop-up',
  );
  await popup.waitForURL(({ origin }) => origin === authorizationServer.origin);
  await popup.waitForSelector('[name=username]', { state: 'attached' });
  return popup;
}

/** Begins a sign-in in the pages of the origin that no user has asked for. */
export async function signInUnasked(other: Evaluator): Promise<void> {
  await other.evaluate(() => new BroadcastChannel('unasked').postMessage('sign in'));
}

/** Returns the outcomes of the sign-ins that the page has begun, the oldest first. */
export function outcomesOf(page: Evaluator): Promise<readonly PopupOutcome[]> {
  return page.evaluate(() => window.outcomes);
}

/** Returns what the user has written into the form of the page, which a page that was loaded again would have lost. */
export function noteOf(page: Evaluator): Promise<string | undefined> {
  return page.evaluate(() => document.querySelector<HTMLInputElement>('#note')?.value);
}
