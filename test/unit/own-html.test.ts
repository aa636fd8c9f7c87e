import { createServer, type RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createAutoTag } from '../../src/vite/auto-module.ts';
import { type OwnHtmlWatch, watchOwnHtml } from '../../src/vite/own-html.ts';
import { portOf } from '../support/port-of.ts';

const ELEMENT =
  '<script type="module" src="/app/tokenward-auto.js" data-login="on-401" data-worker="/app/tokenward-sw.js" data-scope="/app/"></script>';

const HTML = 'text/html; charset=utf-8';

let warnings: string[];
let watch: OwnHtmlWatch;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  warnings = [];
  const element = createAutoTag('on-401', { base: '/app/', fileName: 'tokenward-sw.js' });
  watch = watchOwnHtml(element, (sentence) => warnings.push(sentence));
});
afterEach(() => {
  vi.useRealTimers();
});

/** Answers requests behind the watch, and sends one as a browser does. */
async function visit(path: string, dest: string, answer: RequestListener = page): Promise<void> {
  const server = createServer((request, response) =>
    watch.listener(request, response, () => answer(request, response)),
  );
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  onTestFinished(() => void server.close());
  const url = `http://localhost:${portOf(server)}${path}`;
  const response = await fetch(url, { headers: { 'sec-fetch-dest': dest } });
  await response.arrayBuffer();
}

const page: RequestListener = (_, response) => void response.setHeader('content-type', HTML).end('<!doctype html>');

describe('the development server with `auto`', () => {
  test('says once which element the pages of a framework lack that writes its HTML itself', async () => {
    await visit('/app/', 'document');
    await visit('/app/orders/7', 'document');
    expect(warnings).toEqual([]);

    vi.advanceTimersByTime(5000);
    await visit('/app/', 'document');
    vi.advanceTimersByTime(5000);

    expect(warnings).toEqual([expect.stringContaining(`Add this line to the <head> of its pages: ${ELEMENT}`)]);
  });

  test.for<[what: string, load: () => unknown]>([
    ['the page loads the file', () => visit('/app/tokenward-auto.js', 'script')],
    ['it loads the file with settings in the query', () => visit('/app/tokenward-auto.js?login=auto', 'script')],
    ['Vite puts the element into the page', () => watch.noteElement()],
  ])('says nothing where %s', async ([, load]) => {
    await visit('/app/', 'document');
    await load();
    vi.advanceTimersByTime(60_000);

    expect(warnings).toEqual([]);
  });

  test.for<[what: string, dest: string, answer: RequestListener]>([
    ['is none of a browser', 'empty', page],
    ['is of a frame', 'iframe', page],
    ['fails', 'document', (_, response) => void response.writeHead(500, { 'content-type': HTML }).end()],
    [
      'is no HTML',
      'document',
      (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(),
    ],
  ])('says nothing for a request that %s', async ([, dest, answer]) => {
    await visit('/app/', dest, answer);
    vi.advanceTimersByTime(60_000);

    expect(warnings).toEqual([]);
  });
});
