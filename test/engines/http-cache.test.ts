import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type Listener, listen } from '../servers/listener.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { ADA, GRACE } from '../servers/users.ts';
import { changeUser, signIn } from '../support/app-page.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';

/** Answers of an API that forgets `Vary` and `Cache-Control: no-store`. */
const CACHED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  aged: { 'cache-control': 'max-age=600' },
  tagged: { 'cache-control': 'max-age=0', etag: '"1"' },
  dated: { 'cache-control': 'max-age=0', 'last-modified': 'Tue, 01 Dec 2026 00:00:00 GMT' },
};

/** What an API says that knows better. */
const PRIVATE = { 'cache-control': 'no-store', vary: 'authorization' };

/** Paths and users of the requests, as they came. */
let received: string[] = [];
let api: Listener;
let stack: Stack;
beforeAll(async () => {
  api = await listen(() => (request, response) => {
    const { headers, method, url = '' } = request;
    const cors = {
      'access-control-allow-origin': headers.origin ?? '*',
      'access-control-allow-headers': 'authorization, cache-control, pragma',
      'access-control-max-age': '600',
    };
    if (method === 'OPTIONS') return response.writeHead(204, cors).end();
    const [, rule, kind = ''] = url.split('/');
    const user = userOf(headers.authorization);
    received.push(`${user} ${url}`);
    const isSame = headers['if-none-match'] !== undefined || headers['if-modified-since'] !== undefined;
    const caching = rule === 'private' ? PRIVATE : CACHED[kind];
    response.writeHead(isSame ? 304 : 200, { 'content-type': 'image/svg+xml', ...cors, ...caching });
    return response.end(isSame ? undefined : `<svg xmlns="http://www.w3.org/2000/svg"><title>${user}</title></svg>`);
  });
  const destinations = ['image'] as const;
  const protectedResources = [
    { url: `${api.origin}/kept`, destinations },
    { url: `${api.origin}/not-stored`, destinations, cache: 'no-store' },
    { url: `${api.origin}/private`, destinations },
  ] as const;
  stack = await startStack({ app: { securityHeaders: 'off', worker: { protectedResources } } });
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
});
afterAll(() => Promise.all([stack.close(), api.close()]));

/** The user of an access token, unverified. */
function userOf(authorization: string = ''): string {
  const payload = Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString();
  return /"sub":"([^"]+)"/.exec(payload)?.[1] ?? 'nobody';
}

/** Asks for each kind of answer below a path, in every way; gives the user of each answer that script can read. */
function askAll(page: EnginePage, rule: string): Promise<Readonly<Record<string, string>>> {
  return page.evaluate(
    async ([url, ...kinds]) => {
      const users: Record<string, string> = {};
      const userIn = (text: string): string => /<title>(.*)<\/title>/.exec(text)?.[1] ?? 'nothing';
      for (const kind of kinds) {
        users[`fetch ${kind}`] = userIn(await (await fetch(`${url}/${kind}/fetch`)).text());
        users[`XHR ${kind}`] = await new Promise((resolve) => {
          const xhr = new XMLHttpRequest();
          xhr.open('GET', `${url}/${kind}/xhr`);
          xhr.addEventListener('loadend', () => resolve(userIn(xhr.responseText)));
          xhr.send();
        });
        await new Promise((resolve) => {
          const image = new Image();
          image.addEventListener('load', resolve);
          image.addEventListener('error', resolve);
          image.src = `${url}/${kind}/image`;
        });
      }
      return users;
    },
    [`${api.origin}/${rule}`, ...Object.keys(CACHED)] as const,
  );
}

const ALL = Object.keys(CACHED).flatMap((kind) => [`fetch ${kind}`, `XHR ${kind}`]);

function allOf(user: string): Readonly<Record<string, string>> {
  return Object.fromEntries(ALL.map((name) => [name, user]));
}

/** Asks as one user, and then as another, who gets what is returned. */
async function askAsTwoUsers(page: EnginePage, rule: string): Promise<Readonly<Record<string, string>>> {
  await signIn(page, stack, ADA);
  expect(await askAll(page, rule)).toEqual(allOf(ADA.sub));
  await changeUser(page, stack);
  received = [];
  return askAll(page, rule);
}

describe('after a change of user', () => {
  test.for(['not-stored', 'private'])('each gets their own answers: %s', async (rule, { page }) => {
    expect(await askAsTwoUsers(page, rule)).toEqual(allOf(GRACE.sub));
    for (const kind of Object.keys(CACHED)) expect(received).toContain(`${GRACE.sub} /${rule}/${kind}/image`);
  });

  test('the second gets the first one’s out of the HTTP cache if neither API nor configuration prevents it', async ({
    page,
    lacks,
  }) => {
    const seen = await askAsTwoUsers(page, 'kept');

    const isMissing = await lacks({
      engine: 'webkit',
      reason: 'keeps nothing in the HTTP cache of a profile that leaves no traces',
      isShownBy: async () => expect(seen).toEqual(allOf(GRACE.sub)),
    });
    if (!isMissing) expect(seen).toEqual(allOf(ADA.sub));
  });
});
