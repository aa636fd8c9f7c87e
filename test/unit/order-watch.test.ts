import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createOrderWatch } from '../../src/server/node/order-notice.ts';

/** Creates a request of a browser. */
function request(url: string, destination: string | undefined, host = 'localhost:3000'): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.url = url;
  message.headers = { host, ...(destination !== undefined && { 'sec-fetch-dest': destination }) };
  return message;
}

/** Returns the warnings about a row of requests. */
function warningsAbout(...requests: readonly IncomingMessage[]): readonly string[] {
  const warnings: string[] = [];
  const watch = createOrderWatch((message) => void warnings.push(message));
  for (const one of requests) watch(one);
  return warnings;
}

const MODULE = request('/tokenward/auto.js?v=1', 'script');

test('warns once of a page that has not come through the middleware', () => {
  expect(warningsAbout(MODULE, MODULE)).toEqual([expect.stringContaining('Put the middleware before')]);
  expect(warningsAbout(request('/app/tokenward/page.js', 'script', '127.0.0.1:3000'), MODULE)).toHaveLength(1);
});

test('warns so over HTTP/2, where the authority stands in the place of "Host"', () => {
  const message = request('/tokenward/auto.js', 'script');
  const { host, ...others } = message.headers;
  message.headers = { ...others, ':authority': host };

  expect(warningsAbout(message)).toHaveLength(1);
});

test.for<[what: string, requests: readonly IncomingMessage[]]>([
  ['a page that has', [request('/', 'document'), MODULE, MODULE]],
  ['a page in a frame that has', [request('/inner', 'iframe'), MODULE]],
  ['another script', [request('/main.js', 'script'), request('/tokenward-sw.js', 'serviceworker')]],
  ['a program that is no browser', [request('/tokenward/auto.js', undefined)]],
  [
    'a deployment, whose processes see a part of the requests',
    [request('/tokenward/auto.js', 'script', 'app.example')],
  ],
  ['a host that is none', [request('/tokenward/auto.js', 'script', '[')]],
])('says nothing of %s', ([, requests]) => {
  expect(warningsAbout(...requests)).toEqual([]);
});
