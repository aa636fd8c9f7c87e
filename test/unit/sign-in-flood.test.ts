import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { ISSUER } from '../support/scripted-server.ts';
import { LOGIN, startWorkerEndpoints } from '../support/worker-endpoints.ts';

/** Storage of one tab. */
type Tab = Record<string, string>;

/** The worker's endpoints, and a browser in whose tabs the worker's documents run. */
async function setUp() {
  const endpoints = await startWorkerEndpoints();
  const { visit } = endpoints;
  /** Opens an address in a tab, and runs the script of the document that comes. @returns where the browser is then */
  const open = async (url: string, sessionStorage: Tab): Promise<URL> => {
    const answer = await visit(url);
    const location = answer?.headers.get('location');
    if (location) return new URL(location);
    const [, script = ''] = /<script>(.*)<\/script>/.exec((await answer?.text()) ?? '') ?? [];
    let next = '';
    const replace = (to: string): void => {
      next = new URL(to, url).href;
    };
    runInNewContext(script, { location: { search: new URL(url).search, replace }, sessionStorage, crypto });
    return open(next, sessionStorage);
  };
  return { ...endpoints, open };
}

describe('another site that leads one window to the sign-in again and again', () => {
  test.for<[what: string, attack: (count: number) => string]>([
    ['by its address', (count) => `${LOGIN}?returnTo=/${count}`],
    ['as one that another site may start', (count) => `${LOGIN}?iss=${ISSUER}&target_link_uri=/${count}`],
    ['with a name of the tab that it has made up', (count) => `${LOGIN}?session_tab=made-up.${count}`],
    ['with an empty name of the tab', () => `${LOGIN}?session_tab`],
  ])('%s, takes no sign-in from the user, before or after it', async ([, attack]) => {
    const { open, answer, session } = await setUp();
    const first = await open(`${LOGIN}?returnTo=/notes`, {});
    const window: Tab = {};
    for (let count = 0; count < 60; count += 1) await open(attack(count), window);
    const second = await open(`${LOGIN}?returnTo=/other%3Ftab%3D2`, {});
    for (let count = 0; count < 60; count += 1) await open(attack(count), window);

    expect((await answer(first, { sub: 'ada' })).href).toContain('/notes#');
    expect(await session.view()).toMatchObject({ status: 'signed-in', claims: { sub: 'ada' } });
    expect((await answer(second, { sub: 'grace' })).href).toContain('/other?tab=2#');
    expect(await session.view()).toMatchObject({ claims: { sub: 'grace' } });
  });

  test('sends nothing of the tab to the authorization server', async () => {
    const { open } = await setUp();
    const tab: Tab = {};
    let url = new URL(LOGIN);
    for (let count = 0; count < 11; count += 1) url = await open(LOGIN, tab);

    const [name = ''] = Object.values(tab);
    expect(name).toMatch(/^[\w-]{36}$/);
    expect(url.origin).toBe(new URL(ISSUER).origin);
    expect(url.href).not.toMatch(/session_tab/);
    expect(url.href).not.toContain(name);
  });
});

describe('the document that asks a tab for its name', () => {
  test('is there only after ten sign-ins that are pending, runs its own script alone, and is not kept', async () => {
    const { visit } = await startWorkerEndpoints();

    for (let count = 0; count < 10; count += 1) expect((await visit(LOGIN))?.status).toBe(303);
    const document = await visit(LOGIN);

    expect(document?.status).toBe(200);
    expect(Object.fromEntries(document?.headers ?? [])).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
  });

  test('holds nothing of the address, which anyone may have written', async () => {
    const { visit } = await startWorkerEndpoints();
    for (let count = 0; count < 10; count += 1) await visit(LOGIN);

    const document = await visit(`${LOGIN}?returnTo=/%3C/script%3E%3Cscript%3Ealert(1)`);

    expect(await document?.text()).not.toContain('alert');
  });
});
