import { createElement, type ReactElement } from 'react';
import { renderToString } from 'react-dom/server';
import { describe, expect, test, vi } from 'vitest';
import { type TokenwardClient, TokenwardError } from '../../src/page/index.ts';
import { observeClient } from '../../src/react/connecting-client.ts';
import { SignedIn, SignedOut, TokenwardProvider, useClient, useLogin, useSession } from '../../src/react/index.ts';
import { createTestClient } from '../../src/testing/index.ts';

const ADA = { claims: { sub: 'ada', name: 'Ada' } };

/** Shows all that the hooks and components give. */
function App(): ReactElement {
  const { status } = useSession();
  const { isPending, error } = useLogin();
  const facts = JSON.stringify({ status, isPending, error, hasClient: useClient() !== undefined });
  return createElement(
    'div',
    {},
    facts.replaceAll('"', ''),
    createElement(SignedIn, null, 'only signed in'),
    createElement(SignedOut, { children: ({ reason }) => `only signed out: ${reason}` }),
  );
}

function render(client: TokenwardClient | Promise<TokenwardClient> | undefined, fallback?: string): string {
  const props = fallback === undefined ? { client } : { client, fallback };
  return renderToString(createElement(TokenwardProvider, props, createElement(App)));
}

describe('on a server', () => {
  test.for<[what: string, create: () => TokenwardClient | Promise<TokenwardClient> | undefined]>([
    ['no client', () => undefined],
    ['a promise', async () => createTestClient({ user: ADA })],
    ['a promise that rejects', () => Promise.reject(new TokenwardError('service_worker_unsupported', 'No browser.'))],
    ['a client with a session, which is that of no visitor', () => createTestClient({ user: ADA })],
  ])('%s renders signed out, or the fallback', async ([, create]) => {
    const client = create();
    expect(render(client)).toBe(
      '<div>{status:signed-out,isPending:false,hasClient:false}<!-- -->only signed out: not-signed-in</div>',
    );
    // Once the promise has its result, too.
    await Promise.allSettled([client]);
    expect(render(client)).toContain('only signed out');
    expect(render(client, 'Loading')).toBe('Loading');
    expect(render(client, '')).toBe('');
  });
});

describe('without a provider', () => {
  test.for<[name: string, useHook: () => unknown]>([
    ['useSession', () => useSession()],
    ['useLogin', () => useLogin()],
    ['useClient', () => useClient()],
  ])('%s says what is missing', ([, useHook]) => {
    const Component = (): ReactElement => createElement('p', {}, typeof useHook());

    expect(() => renderToString(createElement(Component))).toThrow('there is no <TokenwardProvider>');
  });
});

describe('the store of a promise', () => {
  test('is one for each promise, so that a component that is mounted again need not wait again', async () => {
    const promise = Promise.resolve(createTestClient());

    expect(observeClient(promise)).toBe(observeClient(promise));
    expect(observeClient(promise)).not.toBe(observeClient(Promise.resolve(createTestClient())));
  });

  test('changes its snapshot once, and then calls each listener but those that have unsubscribed', async () => {
    const client = createTestClient();
    const store = observeClient(Promise.resolve(client));
    const pending = store.getSnapshot();
    const [kept, ended] = [vi.fn(), vi.fn()];
    store.subscribe(kept);
    store.subscribe(ended)();

    await expect.poll(() => kept).toHaveBeenCalledOnce();

    expect(pending).toEqual({});
    expect(ended).not.toHaveBeenCalled();
    expect(store.getSnapshot()).toEqual({ client });
    expect(store.getSnapshot()).toBe(store.getSnapshot());
  });

  test('calls a listener that subscribes after the result', async () => {
    const promise = Promise.resolve(createTestClient());
    const store = observeClient(promise);
    await promise;
    const late = vi.fn();

    store.subscribe(late);

    await expect.poll(() => late).toHaveBeenCalledOnce();
  });

  test('holds the error of a promise that rejects, for the error boundary', async () => {
    const error = new TokenwardError('worker_timeout', 'Too slow.');
    const store = observeClient(Promise.reject(error));
    const listener = vi.fn();
    store.subscribe(listener);

    await expect.poll(() => listener).toHaveBeenCalledOnce();

    expect(store.getSnapshot()).toEqual({ failure: { error } });
  });

  test('has a client at once that is no promise', () => {
    const client = createTestClient();

    expect(observeClient(client).getSnapshot()).toEqual({ client });
  });
});
