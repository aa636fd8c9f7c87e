import { beforeEach, describe, expect, test } from 'vitest';
import { requestUserInfo } from '../../sw/oauth/user-info.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import {
  clientOf,
  createScriptedServer,
  createSigningKey,
  ISSUER,
  type ScriptedServer,
} from '../support/scripted-server.ts';

let server: ScriptedServer;
beforeEach(async () => {
  server = await createScriptedServer();
});

function userInfo(sub: string = 'ada'): Promise<unknown> {
  return requestUserInfo(clientOf(server), sub, (request) => server.send(request));
}

const signed = async (jwt: Promise<string>): Promise<Response> =>
  new Response(await jwt, { headers: { 'content-type': 'application/jwt' } });

describe('the UserInfo endpoint', () => {
  test('gives the claims of the user', async () => {
    server.answer('/userinfo', () => Response.json({ sub: 'ada', picture: 'https://img.example/ada' }));

    expect(await userInfo()).toEqual({ sub: 'ada', picture: 'https://img.example/ada' });
  });

  test('may sign the claims: the signature is verified', async () => {
    server.metadata['userinfo_signing_alg_values_supported'] = ['ES256'];
    server.answer('/userinfo', () => signed(server.idToken({ claims: { picture: 'x' } })));
    expect(await userInfo()).toMatchObject({ sub: 'ada', picture: 'x' });

    const key = await createSigningKey('key-1');
    server.answer('/userinfo', () => signed(server.idToken({ key })));
    await expect(userInfo()).rejects.toMatchObject({ code: 'userinfo_invalid' });
  });

  test.for<[what: string, answer: () => Response, code: string]>([
    ['the claims of another user', () => Response.json({ sub: 'eve' }), 'userinfo_invalid'],
    ['claims without a subject', () => Response.json({ picture: 'x' }), 'userinfo_invalid'],
    ['a page of HTML', () => new Response('<p>', { headers: { 'content-type': 'text/html' } }), 'userinfo_invalid'],
    [
      'a refusal',
      () => new Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }),
      'userinfo_invalid',
    ],
    ['503', () => new Response(null, { status: 503 }), 'userinfo_unavailable'],
    ['429', () => new Response(null, { status: 429 }), 'userinfo_unavailable'],
  ])('is refused with %s', async ([, answer, code]) => {
    server.answer('/userinfo', answer);

    await expect(userInfo()).rejects.toMatchObject({
      code,
      retryable: code === 'userinfo_unavailable',
      message: expect.stringMatching(WHAT_TO_DO),
    });
  });

  test.for([undefined, 'http://as.example/userinfo', 'javascript:alert(1)'])(
    'gets no request if the metadata names %s',
    async (endpoint) => {
      server.metadata['userinfo_endpoint'] = endpoint;

      await expect(userInfo()).rejects.toMatchObject({ code: 'userinfo_invalid' });
      expect(server.requests.every(({ path }) => path.startsWith('/.well-known'))).toBe(true);
    },
  );

  test('gets no data of the page: no cookie, no referrer, no cache', async () => {
    let asked: Request | undefined;
    server.answer('/userinfo', () => Response.json({ sub: 'ada' }));
    await requestUserInfo(clientOf(server), 'ada', (request) => {
      asked = request;
      return server.send(request);
    });

    expect(asked).toMatchObject({
      url: `${ISSUER}/userinfo`,
      method: 'GET',
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    });
  });
});
