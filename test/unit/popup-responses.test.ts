import { describe, expect, test } from 'vitest';
import { APP_ORIGIN, ISSUER } from '../support/scripted-server.ts';
import { LOGIN, startWorkerEndpoints } from '../support/worker-endpoints.ts';

const CLOSING = `${LOGIN}?closing#_`;
const POPUP = `${LOGIN}?session_popup=one`;

describe('a sign-in in a pop-up', () => {
  test('ends at a document without the response, and every page is notified of the session', async () => {
    const { navigate, answer, popupEnds } = await startWorkerEndpoints();

    const end = await answer(await navigate(POPUP), { sub: 'ada' });

    expect(end.href).toBe(CLOSING);
    expect(popupEnds).toMatchObject([{ popupId: 'one', session: { status: 'signed-in', claims: { sub: 'ada' } } }]);
    expect(popupEnds[0]).not.toHaveProperty('error');
  });

  test('is known as such by the request that the worker has stored, whatever the response says', async () => {
    const { navigate, popupEnds, signIn } = await startWorkerEndpoints();
    const request = await navigate(`${LOGIN}?returnTo=/notes`);
    const response = { code: 'x', state: request.searchParams.get('state') ?? '', iss: ISSUER };

    const end = await navigate(
      `${APP_ORIGIN}/auth/callback?${new URLSearchParams({ ...response, session_popup: 'one', popupId: 'one' })}`,
    );

    expect(end.pathname).toBe('/notes');
    await signIn({});
    expect(popupEnds).toEqual([]);
  });

  test.for(['access_denied', 'login_required', 'server_error'])(
    'that the server ends with %s leaves the session as it is, and the page gets the error',
    async (error) => {
      const { navigate, answer, session, popupEnds, announced, signIn, lose } = await startWorkerEndpoints();
      await signIn({});
      await lose();
      const before = await session.view();
      announced.length = 0;

      const end = await answer(await navigate(POPUP), { error });

      expect(end.href).toBe(CLOSING);
      expect(popupEnds).toMatchObject([
        { popupId: 'one', error: { code: 'authorization_refused', serverCode: error } },
      ]);
      expect(await session.view()).toEqual(before);
      expect(announced).toEqual([]);
    },
  );

  test('that the configuration does not allow ends before the server, and the page gets the error', async () => {
    const { navigate, popupEnds, session } = await startWorkerEndpoints();

    const end = await navigate(`${POPUP}&scope=made-up`);

    expect(end.href).toBe(CLOSING);
    expect(popupEnds).toMatchObject([{ popupId: 'one', error: { code: 'request_invalid' } }]);
    expect(await session.view()).not.toHaveProperty('lastError');
  });

  test('stays one in a pop-up if the worker was stopped while it used the code', async () => {
    const first = await startWorkerEndpoints();
    const request = await first.navigate(POPUP);
    first.server.answer('/token', () => new Promise(() => {}));
    const response = new URLSearchParams({ code: 'x', state: request.searchParams.get('state') ?? '', iss: ISSUER });
    void first.visit(`${APP_ORIGIN}/auth/callback?${response}`);
    await expect.poll(() => first.server.requestsTo('/token')).toHaveLength(1);
    const again = await startWorkerEndpoints({}, first.vault);
    again.server.answer('/token', () => Response.json({ error: 'invalid_grant' }, { status: 400 }));

    const next = await again.navigate(`${APP_ORIGIN}/auth/callback?${response}`);
    const end = await again.answer(await again.navigate(next.href), { sub: 'ada' });

    expect(next.searchParams.get('session_popup')).toBe('one');
    expect(end.href).toBe(CLOSING);
    expect(again.popupEnds).toMatchObject([{ popupId: 'one', session: { status: 'signed-in' } }]);
  });

  test.for(['', 'a b', '<script>', 'x'.repeat(65)])('has a name that is a name: %s', async (name) => {
    const { navigate, answer, popupEnds } = await startWorkerEndpoints();
    const query = new URLSearchParams({ session_popup: name, returnTo: '/notes' });

    const end = await answer(await navigate(`${LOGIN}?${query}`), { sub: 'ada' });

    expect(end.pathname).toBe('/notes');
    expect(popupEnds).toEqual([]);
  });
});

describe('a page that asks for the end of a sign-in in a pop-up', () => {
  test('waits for the response that is being processed', async () => {
    const { navigate, visit, server, flow } = await startWorkerEndpoints();
    const request = await navigate(POPUP);
    let answerExchange = (_response: Response): void => {};
    server.answer('/token', () => new Promise((resolve) => (answerExchange = resolve)));
    const response = new URLSearchParams({ code: 'x', state: request.searchParams.get('state') ?? '', iss: ISSUER });
    const answered = visit(`${APP_ORIGIN}/auth/callback?${response}`);
    await expect.poll(() => server.requestsTo('/token')).toHaveLength(1);

    const end = flow.popupEnd('one');
    answerExchange(Response.json({ error: 'invalid_grant' }, { status: 400 }));

    expect(await end).toMatchObject({ popupId: 'one', error: { code: 'token_request_refused' } });
    await answered;
  });

  test('learns of none while the user is at the server, nor of one that it does not name', async () => {
    const { navigate, answer, flow } = await startWorkerEndpoints();
    const request = await navigate(POPUP);

    expect(await flow.popupEnd('one')).toBeUndefined();
    await answer(request, { sub: 'ada' });
    expect(await flow.popupEnd('two')).toBeUndefined();
    expect(await flow.popupEnd('one')).toMatchObject({ session: { status: 'signed-in' } });
  });

  test('learns of the last ones, and no page fills the memory of the worker', async () => {
    const { navigate, flow } = await startWorkerEndpoints();
    for (let each = 0; each < 21; each++) await navigate(`${LOGIN}?session_popup=of-${each}&scope=made-up`);

    expect(await flow.popupEnd('of-0')).toBeUndefined();
    expect(await flow.popupEnd('of-20')).toMatchObject({ popupId: 'of-20' });
  });
});

describe('the document in which a pop-up ends', () => {
  test('closes the window, and says in true words that the user may, by a policy that allows this script alone', async () => {
    const { visit, signIn } = await startWorkerEndpoints();

    const before = await visit(CLOSING);
    await signIn({});
    const after = await visit(CLOSING);

    expect(await before?.text()).toMatch(/You are not signed in\.<.*You can close this window, and try again/s);
    const html = (await after?.text()) ?? '';
    expect(html).toMatch(/You are signed in\.<.*You can close this window\.<.*<script>close\(\)<\/script>/s);
    const policy = after?.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; base-uri 'none';/,
    );
    expect(policy).not.toContain('unsafe');
    expect(after?.headers.get('referrer-policy')).toBe('no-referrer');
    expect(after?.headers.get('cache-control')).toBe('no-store');
  });

  test.for(['iframe', 'object', 'embed'])('is in no frame: %s', async (destination) => {
    const { visit } = await startWorkerEndpoints();

    expect((await visit(CLOSING, destination))?.type).toBe('error');
  });
});
