import type { ConsoleMessage, Page } from 'playwright';
import type { Api } from '../servers/api.ts';
import type { AuthorizationServer } from '../servers/authorization-server.ts';
import { ADA } from '../servers/users.ts';
import { fillLoginPage } from '../support/app-page.ts';
import { untilTrue } from '../support/until.ts';

/** Authorization server and API, which all apps of a run share. */
export interface Backend {
  readonly authorizationServer: AuthorizationServer;
  readonly api: Api;
}

/** A page of an app that is served, and what the browser has complained about. */
export interface Visit {
  readonly backend: Backend;
  readonly page: Page;
  readonly origin: string;
  /** URL of the app's first page. */
  readonly home: string;
  /** Prefix of the URLs of its routes. */
  readonly routes: string;
  /** Faults that the browser has reported so far. */
  readonly faults: readonly string[];
}

/** A step of the scenario: a column of the matrix. */
export interface Step {
  readonly name: string;
  /** Whether the steps behind it need that it has passed. */
  readonly isNeeded?: boolean;
  run(visit: Visit): Promise<void>;
}

/** Time limit of a step that waits for the page, in milliseconds. */
const STEP_TIMEOUT_MS = 30_000;

/** The scenario, in order. */
export const STEPS: readonly Step[] = [
  { name: 'load', isNeeded: true, run: load },
  { name: 'sign in', isNeeded: true, run: signIn },
  { name: 'request', run: request },
  { name: 'refresh', run: refresh },
  { name: 'deep link', run: openDeepLink },
  { name: 'reload', run: reload },
  { name: 'sign out', run: signOut },
  { name: 'no faults', run: reportNoFaults },
];

/** Watches a page for what the browser reports: errors of scripts, and what a policy has blocked. */
export function watchFaults(page: Page): readonly string[] {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (isFault(message)) faults.push(message.text());
  });
  return faults;
}

function isFault(message: ConsoleMessage): boolean {
  return message.type() === 'error' && /content security policy|refused to|base-uri|tokenward/i.test(message.text());
}

async function load({ page, home }: Visit): Promise<void> {
  await page.goto(home);
  await seen(page, 'Home');
  await seen(page, 'Signed out');
}

async function signIn({ page, backend, origin }: Visit): Promise<void> {
  await page.getByText('Sign in', { exact: true }).click();
  await page.waitForURL((url) => url.origin === backend.authorizationServer.origin, { waitUntil: 'commit' });
  await fillLoginPage(page);
  await page.waitForURL((url) => url.origin === origin, { waitUntil: 'commit' });
  await seen(page, 'Home');
  await seen(page, 'Signed in');
}

async function request({ page, backend }: Visit): Promise<void> {
  await readNotes(page, backend);
}

async function refresh({ page, backend }: Visit): Promise<void> {
  const before = countRefreshes(backend);
  refuseNextToken(backend);
  await readNotes(page, backend);
  if (countRefreshes(backend) !== before + 1) {
    throw new Error(`${countRefreshes(backend) - before} refresh requests in place of one`);
  }
}

async function openDeepLink({ page, backend, origin, routes }: Visit): Promise<void> {
  await page.goto('about:blank');
  await page.goto(`${origin}${routes}orders/7`);
  await seen(page, 'Order 7');
  await seen(page, 'Signed in');
  await readNotes(page, backend);
}

async function reload({ page, backend, home }: Visit): Promise<void> {
  await page.goto(home);
  const document = await page.reload();
  await seen(page, 'Signed in');
  await readNotes(page, backend);
  // Whoever answers: a worker that has it in a cache, too.
  const policy = document?.headers()['content-security-policy'];
  const own = (await fetch(home)).headers.get('content-security-policy') ?? undefined;
  if (policy !== own) throw new Error(`the document has the policy "${policy}", and that of the server "${own}"`);
}

async function signOut({ page, backend, origin, home }: Visit): Promise<void> {
  const { requests } = backend.authorizationServer;
  await page.goto(home);
  await seen(page, 'Signed in');
  const before = requests.count('end_session');
  await page.getByText('Sign out', { exact: true }).click();
  // Its page, then its form.
  await untilTrue(
    () => requests.count('end_session') >= before + 2,
    () => 'the authorization server to end its session',
    { timeoutMs: STEP_TIMEOUT_MS },
  );
  await page.waitForURL((url) => url.origin === origin);
  await seen(page, 'Home');
  await seen(page, 'Signed out');
  const answered = answerTo(page);
  await page.getByText('Read notes', { exact: true }).click();
  const status = await answered;
  if (status !== 401) throw new Error(`the API answered ${status} after sign-out`);
}

async function reportNoFaults({ faults }: Visit): Promise<void> {
  if (faults.length > 0) throw new Error([...new Set(faults)].join('; '));
}

/** Lets the app send its own request, and checks what the API has seen and what the page shows. */
async function readNotes(page: Page, { api }: Backend): Promise<void> {
  const answered = answerTo(page);
  await page.getByText('Read notes', { exact: true }).click();
  const status = await answered;
  const { sub } = api.requests.list('/api/notes', 'GET').at(-1) ?? {};
  if (status !== 200 || sub !== ADA.sub) throw new Error(`the API answered ${status} to ${sub ?? 'no user'}`);
  await seen(page, 'Buy a second padlock');
}

/** Waits for the answer to the app's next request for notes, as the page gets it. */
async function answerTo(page: Page): Promise<number> {
  const response = await page.waitForResponse((candidate) => new URL(candidate.url()).pathname === '/api/notes');
  return response.status();
}

/** Makes the API refuse the next access token, as if it had expired. */
function refuseNextToken({ api }: Backend): void {
  api.faults.plan(({ path, authorizationScheme }) => path === '/api/notes' && authorizationScheme !== undefined, {
    stage: 'before',
    answer: { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
  });
}

function countRefreshes({ authorizationServer }: Backend): number {
  return authorizationServer.requests.count('token', 'refresh_token');
}

/** Waits until the page shows an element whose text begins with `text`. */
async function seen(page: Page, text: string): Promise<void> {
  const element = page
    .getByText(new RegExp(`^\\s*${text}`))
    .filter({ visible: true })
    .first();
  await element.waitFor({ timeout: STEP_TIMEOUT_MS }).catch(async (error: unknown) => {
    const body = page.locator('body');
    const shown = await body.innerText({ timeout: 1000 }).catch(() => '');
    const summary = shown.replaceAll(/\s+/g, ' ').slice(0, 300);
    throw new Error(`"${text}" is not shown at ${page.url()}, but: ${summary}`, { cause: error });
  });
}
