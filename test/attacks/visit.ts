import { ADA, type User } from '../servers/users.ts';
import type { Site } from './site.ts';
import type { Tab } from './tab.ts';
import { comesTrue, until } from './until.ts';

declare global {
  interface Window {
    /** What both the naive app and the one with Tokenward offer to whoever is in the page. */
    app: AppUnderAttack;
    /** What a page has heard from workers and channels. */
    heard: unknown[];
  }
}

interface AppUnderAttack {
  session(): string;
  subject(): string | undefined;
  signIn(options?: object): Promise<void>;
  signInInPopup(): Promise<void>;
  signOut(): Promise<void>;
  refresh(): Promise<unknown>;
  /** @returns the status of the API's answer */
  call(path: string): Promise<number>;
  /** What an app with Tokenward has. */
  readonly client?: { readonly session: unknown };
}

/** Opens the page of an app and waits until it stands. */
export async function openApp(tab: Tab, site: Site, path: string = site.page): Promise<void> {
  await goTo(tab, site.origin + path);
  await appStands(tab, site);
}

/** Goes to a URL. A page that is just leaving for somewhere else cuts the navigation off: then it begins again. */
export function goTo(tab: Tab, url: string): Promise<void> {
  return until(`the tab goes to ${url}`, () => tab.goto(url).then(() => true));
}

/** Waits until the page of the app stands, after whatever redirects. */
export async function appStands(tab: Tab, { origin }: Site): Promise<void> {
  await until('the page of the app stands', () => isStanding(tab, origin));
}

/** Opens the page of an app; returns whether it stands after some seconds. A page that is just leaving may lead elsewhere instead. */
export async function comesToStand(tab: Tab, { origin, page }: Site): Promise<boolean> {
  await tab.goto(origin + page);
  return comesTrue(() => isStanding(tab, origin), 5000);
}

function isStanding(tab: Tab, origin: string): Promise<boolean> {
  return tab.evaluate(
    (own) => location.origin === own && document.documentElement.dataset['connected'] === 'yes',
    origin,
  );
}

/** Signs in from the page of the app, unless somebody is signed in, and comes back to it. */
export async function signIn(tab: Tab, site: Site): Promise<void> {
  await openApp(tab, site);
  if ((await tab.evaluate(() => window.app.session())) === 'signed-in') return;
  await leaveToSignIn(tab);
  await passLoginPage(tab, site);
  await until('somebody is signed in', () => tab.evaluate(() => window.app.session() === 'signed-in'));
}

/** Begins a sign-in, and marks the page that is left: {@link appStands} waits for the one that comes. */
export async function leaveToSignIn(tab: Tab): Promise<void> {
  await tab.evaluate(() => {
    document.documentElement.dataset['connected'] = 'leaving';
    void window.app.signIn();
  });
}

/** Sends a request by script in the page, and waits for its end, whatever comes of it. */
export async function send(tab: Tab, url: string, init: RequestInit = {}): Promise<void> {
  await tab.evaluate(
    async ({ to, options }) => {
      await fetch(to, options).catch(() => {});
    },
    { to: url, options: init },
  );
}

/** Fills in the login page, if there is one, and waits until the page of the app stands again. */
export async function passLoginPage(tab: Tab, { origin }: Site): Promise<void> {
  await until('the browser is back', async () => {
    await fillLoginPage(tab, ADA);
    return isStanding(tab, origin);
  });
}

/** Fills in the login page, if there is one that was not filled in before. */
export function fillLoginPage(tab: Tab, { username, password }: User): Promise<void> {
  return tab.evaluate(
    (user) => {
      if (!document.querySelector('input[name=password]') || document.documentElement.dataset['filled'] === 'yes')
        return;
      document.documentElement.dataset['filled'] = 'yes';
      for (const [name, value] of Object.entries(user)) {
        const input = document.querySelector(`input[name=${name}]`);
        if (input instanceof HTMLInputElement) input.value = value;
      }
      document.querySelector('form')?.requestSubmit(document.querySelector<HTMLElement>('button:not([value=cancel])'));
    },
    { username, password },
  );
}
