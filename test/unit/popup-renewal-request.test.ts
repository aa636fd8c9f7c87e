import { describe, expect, test } from 'vitest';
import { LOGIN, startWorkerEndpoints } from '../support/worker-endpoints.ts';

const RENEWAL = `${LOGIN}?session_popup=one&session_user=ada&session_scope=openid+notes:write`;

describe('the renewal of a lost session in a pop-up', () => {
  test('asks for what the sign-in before has asked for, and allows the server to ask the user', async () => {
    const { signIn, lose, navigate } = await startWorkerEndpoints();
    await signIn({ organization: 'acme', scope: 'openid notes:write', prompt: 'login' });
    await lose();

    const { searchParams } = await navigate(RENEWAL);

    expect(Object.fromEntries(searchParams)).toMatchObject({
      organization: 'acme',
      scope: 'openid offline_access notes:write',
    });
    for (const name of ['prompt', 'id_token_hint', 'session_user', 'session_scope'])
      expect(searchParams.has(name)).toBe(false);
  });

  test('asks for the scopes that the page remembers, where the worker has lost its memory', async () => {
    const { navigate } = await startWorkerEndpoints();

    const { searchParams } = await navigate(RENEWAL);

    expect(searchParams.get('scope')).toBe('openid offline_access notes:write');
  });

  test.for(['invalid_scope', 'consent_required'])(
    'asks once more in the pop-up without further scopes after %s',
    async (error) => {
      const { signIn, lose, navigate, answer, session, popupEnds } = await startWorkerEndpoints();
      await signIn({ scope: 'openid notes:write' });
      await lose();

      const plain = await navigate((await answer(await navigate(RENEWAL), { error })).href);
      expect(plain.searchParams.get('scope')).toBe('openid offline_access');
      await answer(plain, { sub: 'ada' });

      expect(await session.view()).toMatchObject({ status: 'signed-in', claims: { sub: 'ada' } });
      expect(popupEnds).toMatchObject([{ popupId: 'one', session: { status: 'signed-in' } }]);
    },
  );

  test('by another user ends the session with a reason of its own, and revokes the tokens', async () => {
    const { signIn, lose, navigate, answer, session, revoke, popupEnds } = await startWorkerEndpoints();
    await signIn({});
    await lose();

    await answer(await navigate(RENEWAL), { sub: 'grace' });

    const ended = { status: 'signed-out', reason: 'other-user', lastError: { code: 'user_changed' } };
    expect(await session.view()).toMatchObject(ended);
    expect(popupEnds).toMatchObject([{ popupId: 'one', session: ended }]);
    expect(revoke.mock.calls.map(([{ accessTokens }]) => accessTokens['']?.accessToken.reveal())).toEqual(['of-grace']);
  });

  test('by another user is found out by what the page remembers, where the worker has lost its memory', async () => {
    const { navigate, answer, session } = await startWorkerEndpoints();

    await answer(await navigate(RENEWAL), { sub: 'grace' });

    expect(await session.view()).toMatchObject({ reason: 'other-user', lastError: { code: 'user_changed' } });
  });

  test('by another user is found out by the worker, whatever the page says that the user is', async () => {
    const { signIn, lose, navigate, answer, session } = await startWorkerEndpoints();
    await signIn({});
    await lose();

    await answer(await navigate(RENEWAL.replace('ada', 'grace')), { sub: 'grace' });

    expect(await session.view()).toMatchObject({ reason: 'other-user' });
  });

  test('leaves a session alone that has begun meanwhile', async () => {
    const { signIn, lose, navigate, answer, session } = await startWorkerEndpoints();
    await signIn({});
    await lose();
    const renewal = await navigate(RENEWAL);
    await signIn({}, { sub: 'grace' });

    await answer(renewal, { sub: 'ada' });

    expect(await session.view()).toMatchObject({ status: 'signed-in', claims: { sub: 'grace' } });
  });

  test('is not what a sign-in in a pop-up is, by which another user may sign in', async () => {
    const { signIn, lose, navigate, answer, session } = await startWorkerEndpoints();
    await signIn({});
    await lose();

    await answer(await navigate(`${LOGIN}?session_popup=one`), { sub: 'grace' });

    expect(await session.view()).toMatchObject({ status: 'signed-in', claims: { sub: 'grace' } });
  });
});
