import { describe, expect, test, vi } from 'vitest';
import { type Claims, isTokenwardError, type Session } from 'tokenward';
import { createTestClient } from 'tokenward/testing';

interface UserClaims extends Claims {
  readonly name: string;
}

const ADA = { claims: { sub: 'ada', name: 'Ada Lovelace' }, scopes: ['notes:read'] };

/** A component of an app, as such an app would write it. */
function createGreeting(client: ReturnType<typeof createTestClient<UserClaims>>): { readonly text: () => string } {
  let text = '';
  client.subscribe((session) => {
    text = session.status === 'signed-in' ? `Hello, ${session.claims.name}` : `Please sign in (${session.reason})`;
  });
  return { text: () => text };
}

describe('the client for tests of components', () => {
  test('drives a component through a session', () => {
    const client = createTestClient<UserClaims>();
    const greeting = createGreeting(client);

    expect(greeting.text()).toBe('Please sign in (not-signed-in)');
    client.loginAs(ADA);
    expect(greeting.text()).toBe('Hello, Ada Lovelace');
    client.end('lost');
    expect(greeting.text()).toBe('Please sign in (lost)');
  });

  test('ends a sign-in in a pop-up as the worker does, when there is the session', async () => {
    const client = createTestClient<UserClaims>();
    const saved = client.login({ popup: true }).then(() => client.session.status);
    const alsoSaved = client.login({ popup: true }).then(() => client.session.status);

    client.loginAs(ADA);

    expect(await Promise.all([saved, alsoSaved])).toEqual(['signed-in', 'signed-in']);
    expect(client.calls[0]).toEqual({ method: 'login', options: { popup: true } });
  });

  test('ends a sign-in in a pop-up with user_changed if another user signs in', async () => {
    const client = createTestClient<UserClaims>({ user: ADA });
    client.end('lost');
    const saved = client.login({ popup: true });

    client.loginAs({ claims: { ...ADA.claims, sub: 'grace' } });

    await expect(saved).rejects.toMatchObject({ code: 'user_changed' });
    expect(client.session).toMatchObject({ status: 'signed-in', claims: { sub: 'grace' } });
  });

  test('starts with a signed-in user and a whole session', () => {
    const { session } = createTestClient<UserClaims>({ user: ADA });

    expect(session).toMatchObject({ status: 'signed-in', ...ADA, storage: 'sealed', network: 'online' });
    expect(session.status === 'signed-in' && session.expiresAtMs).toBeGreaterThan(Date.now());
  });

  test('gives the same snapshot until the session changes', () => {
    const client = createTestClient<UserClaims>({ user: ADA });
    const before = client.getSnapshot();

    expect(client.getSnapshot()).toBe(before);
    client.loginAs(ADA);
    expect(client.getSnapshot()).not.toBe(before);
  });

  test('notes sign-in and sign-out, which do not come back, as in a browser that leaves', async () => {
    const client = createTestClient<UserClaims>({ user: ADA });
    const settled = vi.fn<() => void>();
    client.login({ returnTo: '/notes' }).finally(settled).catch(settled);
    client.logout().finally(settled).catch(settled);
    await client.userinfo();

    expect(client.calls).toEqual([
      { method: 'login', options: { returnTo: '/notes' } },
      { method: 'logout' },
      { method: 'userinfo' },
    ]);
    expect(client.session).toEqual({ status: 'signed-out', reason: 'signed-out' });
    expect(settled).not.toHaveBeenCalled();
  });

  test('refuses tokens like a worker that does not allow them, unless it gets an adopt function', async () => {
    const tokens = { accessToken: 'a', idToken: 'i', expiresInSeconds: 60 };
    const refusing = createTestClient<UserClaims>();
    const adopting = createTestClient<UserClaims>({ adopt: () => ADA });
    const error: unknown = await refusing.adopt(tokens).catch((reason: unknown) => reason);
    await adopting.adopt(tokens);

    expect(isTokenwardError(error) && error.code).toBe('adoption_not_allowed');
    expect(adopting.session).toMatchObject(ADA);
  });

  test('reports challenges and alarms while there are listeners', () => {
    const client = createTestClient();
    const heard: unknown[] = [];
    const ends = [client.onChallenge((news) => heard.push(news)), client.onAlarm((news) => heard.push(news))];
    const challenge = { error: 'insufficient_scope', url: 'https://api.example/', method: 'GET' } as const;
    const alarm = { tripwire: 'call_flood', consequence: 'stopped', atMs: 1, count: 1 } as const;
    for (const round of [1, 2]) {
      client.challenge(challenge);
      client.alarm(alarm);
      if (round === 1) for (const end of ends) end();
    }

    expect(heard).toEqual([challenge, alarm]);
  });

  test('explains requests as the test says, and none that could not be sent', async () => {
    const client = createTestClient({
      explain: (url, method) => ({ action: 'authorize', reason: 'covered', rule: `${method} ${url}` }),
    });

    expect(await client.explain('https://api.example/v1', { method: 'POST' })).toMatchObject({
      rule: 'POST https://api.example/v1',
    });
    await expect(client.explain('no URL')).rejects.toMatchObject({ code: 'request_invalid' });
  });

  test('becomes any possible session', () => {
    const lastError = { code: 'authorization_refused', message: '', phase: 'authorization', retryable: false } as const;
    const session: Session<UserClaims> = { status: 'signed-out', reason: 'refused', lastError };
    const client = createTestClient<UserClaims>();
    client.setSession(session);

    expect(client.session).toBe(session);
  });
});
