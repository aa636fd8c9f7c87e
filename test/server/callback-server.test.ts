import { createServer } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createCallbackDocument } from '../../src/server/index.ts';
import { CallbackServer } from '../../src/vite/callback-server.ts';
import { freePort } from '../support/free-port.ts';
import { send } from './http-client.ts';

const APP_CALLBACK = 'http://localhost:5173/auth/callback';

/** Starts nothing yet; what it reports is in the list. */
function create(): { readonly server: CallbackServer; readonly reported: readonly string[] } {
  const reported: string[] = [];
  const server = new CallbackServer({ report: (sentence) => reported.push(sentence) });
  onTestFinished(() => server.close());
  return { server, reported };
}

/** Creates a location whose redirect URI is on a free port. */
async function locate(host: string = 'localhost'): Promise<{ redirectUri: string; appCallback: string }> {
  return { redirectUri: `http://${host}:${await freePort()}/`, appCallback: APP_CALLBACK };
}

describe('the second port of an app in development', () => {
  test.for(['localhost', '127.0.0.1', 'signin.localhost'])(
    'serves the document, and nothing else: %s',
    async (host) => {
      const { server, reported } = create();
      const location = await locate(host);
      const url = location.redirectUri.replace('signin.localhost', 'localhost');

      await server.serve(location);

      const { body, headers } = await createCallbackDocument(location);
      expect(await send(`${url}?code=SECRET`)).toMatchObject({ status: 200, body, headers });
      expect(await send(`${url}other`)).toMatchObject({ status: 404, headers });
      expect(reported).toEqual([]);
    },
  );

  test('has the headers where Node answers by itself', async () => {
    const { server } = create();
    const location = await locate();
    await server.serve(location);

    const answer = await send(location.redirectUri, { headers: { cookie: 'x'.repeat(20_000) } });

    expect(answer).toMatchObject({ status: 431, headers: (await createCallbackDocument(location)).headers });
  });

  test('moves with the redirect URI, and is closed where that is on no other port of this machine', async () => {
    const { server } = create();
    const [first, second] = [await locate(), await locate()];

    await server.serve(first);
    await server.serve(second);
    expect(await send(second.redirectUri)).toMatchObject({ status: 200 });
    await expect(send(first.redirectUri)).rejects.toThrow('ECONNREFUSED');

    await server.serve({ redirectUri: APP_CALLBACK, appCallback: APP_CALLBACK });
    await expect(send(second.redirectUri)).rejects.toThrow('ECONNREFUSED');
    await server.serve({ redirectUri: 'https://signin.app.example/', appCallback: APP_CALLBACK });
    await server.serve(second);
    server.close();
    await expect(send(second.redirectUri)).rejects.toThrow('ECONNREFUSED');
  });

  test('reports in one sentence that the port is taken', async () => {
    const { server, reported } = create();
    const location = await locate();
    const other = createServer();
    await new Promise<void>((resolve) =>
      other.listen(Number(new URL(location.redirectUri).port), 'localhost', resolve),
    );
    onTestFinished(() => void other.close());

    await server.serve(location);

    expect(reported).toEqual([
      expect.stringMatching(/^Port \d+ of redirectUri \(http:\/\/localhost:\d+\/\) [^.]+ \(.*EADDRINUSE.*\)\.$/),
    ]);
  });

  test('reports that there is no certificate for https', async () => {
    const { server, reported } = create();
    const { redirectUri, appCallback } = await locate();

    await server.serve({ redirectUri: redirectUri.replace('http:', 'https:'), appCallback });

    expect(reported).toEqual([expect.stringContaining('has no certificate')]);
  });
});
