import { expect, test } from 'vitest';
import { toConfiguration } from '../../src/cli/doctor/deployment.ts';
import type { Answer } from '../../src/cli/doctor/probe.ts';
import { examineRedirectUri } from '../../src/cli/doctor/redirect-uri.ts';

const ORIGIN = 'https://app.example';

const DEPLOYMENT = {
  page: `${ORIGIN}/`,
  origin: ORIGIN,
  workerUrl: `${ORIGIN}/tokenward-sw.js`,
  otherWorkers: [],
  hasGate: true,
  configuration: toConfiguration(
    new Map<string, unknown>([
      ['issuer', 'https://login.example'],
      ['clientId', 'my-app'],
      ['protectedResources', [{ url: 'https://api.example' }]],
    ]),
    ORIGIN,
    {},
  ),
  metadata: { authorization_endpoint: 'https://login.example/authorize' },
};

function answer(url: string, status: number, location = ''): Answer {
  return { url, status, header: (name) => (name === 'location' ? location : undefined), body: '', atMs: 0 };
}

test.for<[what: string, status: number, location: string]>([
  ['a page', 200, ''],
  ['a redirect to its login page', 302, '/login'],
  ['a redirect to another host', 303, 'https://accounts.example/'],
])('the doctor says what follows if the server answers prompt=none with %s', async ([, status, location]) => {
  const asked: URL[] = [];
  const findings = await examineRedirectUri(DEPLOYMENT, async (url) => {
    asked.push(new URL(url));
    return answer(url, status, location);
  });

  expect(asked.map(({ searchParams }) => searchParams.get('prompt'))).toEqual(['none']);
  expect(findings).toMatchObject([{ check: 'redirect-uri', verdict: 'warn' }]);
  expect(JSON.stringify(findings)).toContain(
    'a lost session is not renewed silently, and the browser does not go there a second time by itself',
  );
});
