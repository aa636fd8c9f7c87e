import { describe, expect, test, vi } from 'vitest';
import type { ProtectedResourceOptions } from '../../src/configuration/configuration.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import type { AccessChallenge } from '../../src/protocol/access-challenge.ts';
import type { Access } from '../../sw/fetch/access.ts';
import { sendAuthenticated } from '../../sw/fetch/handler.ts';
import { createRecentNeedles } from '../../sw/fetch/reflection.ts';
import type { StepUpQuestion } from '../../sw/fetch/request-step-up.ts';

const API = 'https://api.example/v1';
const SCOPE = 'Bearer error="insufficient_scope", scope="notes:write"';
const CLASS = 'Bearer error="insufficient_user_authentication", acr_values="urn:mfa"';
const NONCE = 'DPoP error="use_dpop_nonce"';

interface NumberedAccess extends Access {
  readonly generation: number;
}

function accessOf(generation: number): NumberedAccess {
  return {
    generation,
    authorize: () => ({ authorization: `Bearer access-${generation}` }),
    observe: (_, { headers }) => headers.get('www-authenticate') === NONCE,
  };
}

/** Answer of the API: its challenge, or the status 200. */
type Answer = string | 200;

/** Sends one request to an API, which gives one answer after the other, and the last one for ever. */
async function sendTo(
  answers: readonly Answer[],
  {
    options = {},
    init = { method: 'POST', body: 'a note' },
    isAnswered = true,
    newTokens = [undefined, 2],
    isAbandoned = false,
    redirectedTo,
  }: {
    options?: Partial<ProtectedResourceOptions>;
    init?: RequestInit;
    isAnswered?: boolean;
    /** Tokens that the worker has, each time that it looks for a later one. */
    newTokens?: readonly (number | undefined)[];
    isAbandoned?: boolean;
    redirectedTo?: string;
  } = {},
) {
  const [resource] = parseConfiguration(
    {
      issuer: 'https://as.example',
      clientId: 'spa',
      protectedResources: [{ url: API, stepUpWaitSeconds: 60, ...options }],
    },
    'https://app.example',
  ).protectedResources;
  if (!resource) throw new Error('There is no resource.');
  const sent: string[] = [];
  const tell = vi.fn((_challenge: AccessChallenge): void => {});
  const ask = vi.fn(async (_question: StepUpQuestion) => isAnswered);
  const noteUnmet = vi.fn();
  const left = [...newTokens];
  const response = await sendAuthenticated(new Request(`${API}/notes?page=2`, init), resource, {
    source: {
      fresh: async () => accessOf(1),
      freshAfter: async ({ generation }: NumberedAccess) => accessOf(generation + 10),
      noteOutcome: () => {},
    },
    send: async (input) => {
      if (!(input instanceof Request)) throw new TypeError('A request was expected.');
      sent.push(`${input.headers.get('authorization')} ${await input.text()}`.trim());
      const answer = answers[Math.min(sent.length, answers.length) - 1] ?? 200;
      const status = answer === 200 ? 200 : answer.includes('insufficient_scope') ? 403 : 401;
      const made = new Response(`answer ${sent.length}`, {
        status,
        headers: answer === 200 ? {} : { 'www-authenticate': answer },
      });
      Object.defineProperty(made, 'url', { value: redirectedTo ?? input.url });
      return made;
    },
    tell,
    stepUpAnswers: {
      ask,
      accessAfter: async () => {
        const generation = left.shift();
        return generation === undefined ? undefined : accessOf(generation);
      },
      noteUnmet,
    },
    tellReflection: () => {},
    recentNeedles: createRecentNeedles(() => 0),
    now: () => 0,
    isAbandoned: async () => isAbandoned,
  });
  return { response, body: await response.text(), sent, tell, ask, noteUnmet };
}

describe('a request that met a challenge, of a resource that waits', () => {
  test('is sent once more, with the body, after the page has answered', async () => {
    const { response, body, sent, tell, ask } = await sendTo([SCOPE, 200]);

    expect([response.status, body]).toEqual([200, 'answer 2']);
    expect(sent).toEqual(['Bearer access-1 a note', 'Bearer access-2 a note']);
    expect(ask).toHaveBeenCalledOnce();
    expect(ask.mock.calls[0]?.[0]).toMatchObject({
      waitMs: 60_000,
      challenge: { error: 'insufficient_scope', url: `${API}/notes`, method: 'POST', scopes: ['notes:write'] },
    });
    expect(tell).not.toHaveBeenCalled();
  });

  test('is sent once more without a question if there is a later token already', async () => {
    const { sent, ask, tell } = await sendTo([CLASS, 200], { newTokens: [2] });

    expect(sent).toHaveLength(2);
    expect([ask.mock.calls, tell.mock.calls]).toEqual([[], []]);
  });

  test('is sent once more at most, and the developer reads that the API requires the same again', async () => {
    const { body, sent, ask, tell, noteUnmet } = await sendTo([SCOPE], { newTokens: [undefined, 2, 3, 4] });

    expect([sent.length, body]).toEqual([2, 'answer 2']);
    expect(ask).toHaveBeenCalledOnce();
    expect(tell).not.toHaveBeenCalled();
    expect(noteUnmet).toHaveBeenCalledOnce();
  });

  test('reports another challenge after the first, and waits for none', async () => {
    const { body, sent, ask, tell, noteUnmet } = await sendTo([SCOPE, CLASS]);

    expect([sent.length, body]).toEqual([2, 'answer 2']);
    expect(ask).toHaveBeenCalledOnce();
    expect(tell.mock.calls).toMatchObject([[{ error: 'insufficient_user_authentication' }, undefined]]);
    expect(noteUnmet).not.toHaveBeenCalled();
  });

  test('is sent once more with another proof if the API requires its nonce then', async () => {
    const { body, sent } = await sendTo([SCOPE, NONCE, 200]);

    expect([sent.length, body]).toEqual([3, 'answer 3']);
  });

  test('asks only after a refresh has not helped, if its token was refused', async () => {
    const claims = Buffer.from('{"access_token":{"nbf":null}}').toString('base64');
    const { sent, ask } = await sendTo(
      [`Bearer error="invalid_token", claims="${claims}"`, `Bearer error="invalid_token", claims="${claims}"`, 200],
      {
        options: { claimsFromChallenge: { access_token: ['nbf'] } },
      },
    );

    expect(sent).toEqual(['Bearer access-1 a note', 'Bearer access-11 a note', 'Bearer access-2 a note']);
    expect(ask).toHaveBeenCalledOnce();
  });

  test.for<[what: string, parts: Parameters<typeof sendTo>[1]]>([
    ['the page has not answered', { isAnswered: false, newTokens: [undefined, 2] }],
    ['there is no other token', { newTokens: [] }],
    ['the page is gone', { isAbandoned: true }],
  ])('gets the answer of the API as it is if %s, and no second notice', async ([, parts]) => {
    const { response, body, sent, tell, ask } = await sendTo([SCOPE, 200], parts);

    expect([response.status, body]).toEqual([403, 'answer 1']);
    expect(sent).toHaveLength(1);
    expect(ask).toHaveBeenCalledOnce();
    expect(tell).not.toHaveBeenCalled();
  });

  test.for<[what: string, parts: Parameters<typeof sendTo>[1]]>([
    ['the configuration does not say so', { options: { stepUpWaitSeconds: 0 } }],
    ['its body is longer than what is kept', { options: { replayLimitBytes: 5 } }],
    ['no body is kept', { options: { replayLimitBytes: 0 } }],
  ])('does not wait if %s, and is reported', async ([, parts]) => {
    const { body, sent, ask, tell } = await sendTo([SCOPE, 200], parts);

    expect([sent.length, body]).toEqual([1, 'answer 1']);
    expect(ask).not.toHaveBeenCalled();
    expect(tell).toHaveBeenCalledOnce();
  });

  test.for(['https://other.example/v1/notes', 'https://api.example/v2/notes'])(
    'does not wait for a challenge of %s after a redirect, nor reports it',
    async (redirectedTo) => {
      const { sent, ask, tell } = await sendTo([SCOPE, 200], { redirectedTo });

      expect(sent).toHaveLength(1);
      expect([ask.mock.calls, tell.mock.calls]).toEqual([[], []]);
    },
  );
});
