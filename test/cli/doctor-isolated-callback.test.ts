import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { examine } from '../../src/cli/doctor/examine.ts';
import { createSend } from '../../src/cli/doctor/probe.ts';
import { withoutLibrary } from './examined-deployment.ts';

/** Changes an answer of the callback's origin. */
type Fault = (answer: Response) => Response;

const healthy: Fault = (answer) => answer;
let plantedFault = healthy;
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    app: {
      isolatedCallback: { alter: (answer) => plantedFault(answer) },
      workerScript: withoutLibrary,
      pages: { '/tokenward-lib.js': { body: '// the library', contentType: 'text/javascript' } },
    },
  });
  stack.app.configure({ worker: { redirectUri: stack.app.redirectUri } });
});
afterEach(() => {
  plantedFault = healthy;
  stack.app.configure({ callback: 'document' });
  stack.app.faults.clear();
  stack.authorizationServer.configure({ authorizationCors: 'refused' });
});
afterAll(() => stack.close());

/** Examines the deployment, and returns what did not pass, or what came out as `verdict`. */
async function notPassed(verdict: 'fail' | 'warn' = 'fail'): Promise<readonly string[]> {
  const surroundings = { send: createSend(5000), progress: () => undefined };
  const { sections } = await examine({ url: stack.app.origin }, surroundings);
  expect(sections.map(({ title }) => title)).toContain('Isolated callback');
  return sections
    .flatMap(({ findings }) => findings)
    .filter((finding) => finding.verdict === verdict)
    .map(({ check }) => check);
}

/** Copies an answer with other headers. */
const withHeaders =
  (change: (headers: Headers) => void, only: (answer: Response) => boolean = () => true): Fault =>
  (answer) => {
    const copy = new Response(answer.body, answer);
    if (only(answer)) change(copy.headers);
    return copy;
  };

const isError = ({ status }: Response): boolean => status >= 400;

test('finds nothing wrong with a healthy isolated callback, and asks for no strict policy', async () => {
  expect(await notPassed()).toEqual([]);
});

test.for<[what: string, fault: Fault, check: string]>([
  ['CORS', withHeaders((headers) => headers.set('access-control-allow-origin', '*')), 'isolated-cors'],
  [
    'CORS on errors alone',
    withHeaders((headers) => headers.set('access-control-allow-origin', '*'), isError),
    'isolated-cors',
  ],
  ['a referrer', withHeaders((headers) => headers.delete('referrer-policy')), 'isolated-headers'],
  ['framing', withHeaders((headers) => headers.delete('x-frame-options')), 'isolated-headers'],
  [
    'errors without a policy',
    withHeaders((headers) => headers.delete('content-security-policy'), isError),
    'isolated-headers',
  ],
  [
    'forms to anywhere',
    withHeaders((headers) => {
      const policy = headers.get('content-security-policy') ?? '';
      headers.set('content-security-policy', policy.replace(/form-action [^;]*/, 'form-action *'));
    }),
    'isolated-headers',
  ],
  [
    'scripts that no hash names',
    withHeaders((headers) => {
      const policy = headers.get('content-security-policy') ?? '';
      headers.set('content-security-policy', policy.replace(/script-src [^;]*/, "script-src 'unsafe-inline'"));
    }),
    'isolated-headers',
  ],
  ['reports', withHeaders((headers) => headers.set('report-to', '{}')), 'isolated-reports'],
  ['network error logging', withHeaders((headers) => headers.set('nel', '{}')), 'isolated-reports'],
  [
    'a document at every path',
    (answer) => (isError(answer) ? new Response('<p>App</p>', { headers: answer.headers }) : answer),
    'isolated-alone',
  ],
  [
    'a redirect',
    (answer) =>
      answer.status === 404
        ? new Response(null, { status: 302, headers: { ...Object.fromEntries(answer.headers), location: '/' } })
        : answer,
    'isolated-alone',
  ],
  [
    'a document for another app',
    (answer) =>
      isError(answer)
        ? answer
        : new Response('<form action="https://other.example/auth/callback"></form>', { headers: answer.headers }),
    'isolated-document',
  ],
])('finds %s', async ([, fault, check]) => {
  plantedFault = fault;

  expect(await notPassed()).toEqual([check]);
});

test('finds a server of the app that posts the response on', async () => {
  stack.app.faults.setRule((request) =>
    request.method === 'POST' && request.path === '/auth/callback'
      ? { stage: 'before', answer: { status: 307, headers: { location: 'https://evil.example/' } } }
      : undefined,
  );

  expect(await notPassed()).toEqual(['isolated-post']);
});

test('warns of a document with another script', async () => {
  plantedFault = (answer) =>
    isError(answer)
      ? answer
      : new Response(
          `<form method="post" action="${stack.app.origin}/auth/callback"></form><script>document.forms[0].submit()</script>`,
          { headers: answer.headers },
        );

  expect(await notPassed()).toEqual([]);
  expect(await notPassed('warn')).toContain('isolated-script');
});

test('warns of no script where the document is as it is made', async () => {
  expect(await notPassed('warn')).not.toContain('isolated-script');
});

test('finds CORS at the authorization endpoint', async () => {
  stack.authorizationServer.configure({ authorizationCors: 'allowed' });

  expect(await notPassed()).toEqual(['isolated-server-cors']);
});

test('finds the redirect URI that the app had on its own origin, and responses in messages', async () => {
  const other = await startStack({
    authorizationServer: { webMessages: 'allowed' },
    app: {
      isolatedCallback: {},
      workerScript: withoutLibrary,
      pages: { '/tokenward-lib.js': { body: '// the library', contentType: 'text/javascript' } },
    },
  });
  other.app.configure({ worker: { redirectUri: other.app.redirectUri } });
  other.authorizationServer.addApp(other.app.origin, ['/auth/callback']);
  try {
    const { sections } = await examine(
      { url: other.app.origin },
      { send: createSend(5000), progress: () => undefined },
    );
    const findings = sections.flatMap((section) => section.findings);
    const checksThat = (wanted: string): readonly string[] =>
      findings.filter(({ verdict }) => verdict === wanted).map(({ check }) => check);
    expect(checksThat('fail')).toEqual(['redirect-uri-others']);
    expect(checksThat('warn')).toContain('isolated-web-message');
  } finally {
    await other.close();
  }
});
