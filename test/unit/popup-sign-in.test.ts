import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkLoginOptions } from '../../src/page/login-options.ts';
import { serializeError, TokenwardError } from '../../src/protocol/error.ts';
import { PopupWorld, SIGNED_IN, SIGNED_OUT } from '../support/popup-world.ts';

let world: PopupWorld;
beforeEach(() => {
  world = new PopupWorld();
});
afterEach(() => vi.unstubAllGlobals());

describe('login({ popup: true })', () => {
  test('opens the window while the browser allows it, and leads it to the endpoint of the worker', async () => {
    const outcome = world.begin();
    expect(world.opened).toHaveLength(1);
    await vi.waitUntil(() => world.visited.length > 0, { timeout: 15_000 });

    expect(world.visited).toEqual(['https://app.example/auth/login?session_popup=id']);
    world.tell(SIGNED_IN);
    expect(await outcome).toBe('signed in');
    expect(world.session).toEqual(SIGNED_IN);
    expect(world.handlers).toEqual([]);
    expect(world.popups.isOpen).toBe(false);
  });

  test.for<[string, () => void]>([
    ['the browser opens none', () => (world.mayOpen = false)],
    ['no user has asked for it', () => (world.isActive = false)],
  ])('rejects with popup_blocked if %s', async ([, change]) => {
    change();

    expect(await world.begin()).toBe('popup_blocked');
    expect(world.ids).toEqual([]);
  });

  test('asks the browser alone where it does not say whether a user acts', async () => {
    world.isActive = undefined;
    const { outcome } = await world.beginAndLeave();
    world.tell(SIGNED_IN);

    expect(await outcome).toBe('signed in');
  });

  test('rejects in a frame, whose worker may be another one', async () => {
    world.isFramed = true;

    expect(await world.begin()).toBe('navigation_blocked');
    expect(world.opened).toEqual([]);
  });

  test('rejects with the error of a request that the worker refuses, and closes the empty window', async () => {
    world.prepare = () => Promise.reject(new TokenwardError('request_invalid', 'No.'));

    expect(await world.begin()).toBe('request_invalid');
    expect(world.opened).toMatchObject([{ closed: true }]);
    expect(world.visited).toEqual([]);
  });

  test('rejects with popup_closed if the user closes the window while it is empty', async () => {
    world.prepare = async () => {
      world.loseWindows();
      return { url: '/auth/login' };
    };

    expect(await world.begin()).toBe('popup_closed');
    expect(world.visited).toEqual([]);
  });

  test.for([
    ['focus', 'popup_closed'],
    ['visibilitychange', 'popup_closed'],
    ['click', 'popup_closed'],
    ['keydown', 'popup_closed'],
  ] as const)('looks for a window that is out of reach at %s, and rejects with %s', async ([type, code]) => {
    const { outcome } = await world.beginAndLeave();
    world.fire(type);
    world.loseWindows();
    expect(world.popups.isOpen).toBe(true);
    world.fire(type);

    expect(await outcome).toBe(code);
  });

  test('rejects with user_changed if another user signs in than the page has shown, once the page shows the session', async () => {
    const other = { ...SIGNED_IN, claims: { sub: 'grace' } };
    world.show(SIGNED_IN);
    world.show(SIGNED_OUT);
    const first = await world.beginAndLeave();
    // The news of the session may come before that of the end.
    world.show(other);
    world.tell(other);

    expect(await first.outcome).toBe('user_changed');
    expect(world.session).toEqual(other);
    const second = await world.beginAndLeave();
    world.tell(other);
    expect(await second.outcome).toBe('signed in');
  });

  test('cannot compare users whom no server names', async () => {
    world.show({ ...SIGNED_IN, claims: { sub: 'unknown:1' } });
    const { outcome } = await world.beginAndLeave();
    world.tell({ ...SIGNED_IN, claims: { sub: 'unknown:2' } });

    expect(await outcome).toBe('signed in');
  });

  test('rejects with the error of a renewal that another user has ended', async () => {
    const { outcome } = await world.beginAndLeave();
    const lastError = serializeError(new TokenwardError('user_changed', 'Why.'));
    world.tell({ status: 'signed-out', reason: 'other-user', lastError });

    expect(await outcome).toBe('user_changed');
  });

  test('does not look for what script makes up, nor before the user is back', async () => {
    const { outcome } = await world.beginAndLeave();
    world.loseWindows();
    world.fire('click', false);
    world.fire('pointermove');
    world.tell(SIGNED_IN);

    expect(await outcome).toBe('signed in');
  });

  test('asks the worker first when the user is back: its message may come later', async () => {
    const { outcome } = await world.beginAndLeave();
    world.known = { popupId: world.ids[0] ?? '', session: SIGNED_IN };
    world.loseWindows();
    world.fire('focus');

    expect(await outcome).toBe('signed in');
  });

  test.for([
    ['access_denied', 'popup_cancelled'],
    ['login_required', 'authorization_refused'],
  ] as const)('rejects after %s of the server with %s, and shows the session that there is', async ([given, code]) => {
    const { outcome } = await world.beginAndLeave();
    world.tell(SIGNED_OUT, 'authorization_refused', given);

    expect(await outcome).toBe(code);
  });

  test('rejects with the code of a response that the worker refuses', async () => {
    const { outcome } = await world.beginAndLeave();
    world.tell(SIGNED_OUT, 'id_token_invalid');

    expect(await outcome).toBe('id_token_invalid');
  });

  test('rejects with popup_superseded for a second one, which goes on; the first window closes, if it can', async () => {
    const first = await world.beginAndLeave();
    const second = await world.beginAndLeave();

    expect(await first.outcome).toBe('popup_superseded');
    expect(world.opened).toMatchObject([{ closed: true }, { closed: false }]);
    world.popups.receive({ type: 'tokenward:popup', popupId: world.ids[0], session: SIGNED_OUT });
    world.tell(SIGNED_IN);
    expect(await second.outcome).toBe('signed in');
  });

  test('rejects with popup_superseded after a sign-out meanwhile', async () => {
    const { outcome } = await world.beginAndLeave();
    world.tell({ status: 'signed-out', reason: 'signed-out' });

    expect(await outcome).toBe('popup_superseded');
  });

  test.for([undefined, null, {}, { popupId: 'other', session: SIGNED_IN }, { popupId: 1, session: SIGNED_IN }])(
    'takes no message of anything else: %j',
    async (message) => {
      const { outcome } = await world.beginAndLeave();
      world.popups.receive(message);
      world.popups.receive({ popupId: world.ids[0], session: 'signed-in' });

      expect(world.popups.isOpen).toBe(true);
      world.tell(SIGNED_IN);
      expect(await outcome).toBe('signed in');
    },
  );
});

describe('the options of login()', () => {
  test.for([
    { popup: true, returnTo: '/notes' },
    { popup: true, silent: true },
    { popup: true, prompt: 'none' },
  ])('exclude each other: %j', (options) => {
    expect(() => checkLoginOptions(options)).toThrow(expect.objectContaining({ code: 'request_invalid' }));
    expect(checkLoginOptions({ ...options, popup: false })).toEqual({ ...options, popup: false });
  });

  test('have a pop-up that is there or not', () => {
    const options: object = { popup: 'yes' };

    expect(() => checkLoginOptions(options)).toThrow(/"popup" must be true or false/);
  });
});
