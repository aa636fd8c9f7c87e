import { expect, test } from 'vitest';
import { OtherListeners } from '../../sw/fetch/other-listeners.ts';

const NOTES = new Request('https://api.example/v1/notes?page=2');
const PICTURES = new Request('https://api.example/v1/pictures');
const RESOURCE = {};

function setUp() {
  const warned: string[] = [];
  const told: string[] = [];
  const others = new OtherListeners({
    warn: ({ url }) => warned.push(url),
    tell: ({ url }) => told.push(url),
  });
  /** A listener answers, and its response is there. */
  const answer = async (request: Request, response: unknown = Promise.resolve(new Response())): Promise<void> => {
    others.note(request, RESOURCE, response);
    await Promise.allSettled([response]);
    await Promise.resolve();
  };
  return { others, answer, warned, told };
}

test.for<[kind: string, respond: () => unknown]>([
  ['a promise', () => Promise.resolve(new Response())],
  ['a response', () => new Response()],
  ['a failure', () => Promise.reject(new TypeError('no network'))],
  ['nothing', () => undefined],
])('a request that another listener answers with %s counts as taken', async ([, respond]) => {
  const { others, answer, told } = setUp();

  await answer(NOTES, respond());

  expect(others.answers(NOTES, RESOURCE)).toBe(true);
  expect(told).toEqual([NOTES.url]);
});

test('warns of the first request of a protected resource, and reports each', async () => {
  const { answer, warned, told } = setUp();

  await answer(NOTES);
  await answer(PICTURES);
  await answer(NOTES);

  expect(warned).toEqual([NOTES.url]);
  expect(told).toHaveLength(3);
});

test('expects the other listener to answer further requests, as long as none goes through Tokenward', async () => {
  const { others, answer } = setUp();
  expect(others.answers(PICTURES, RESOURCE)).toBe(false);

  await answer(NOTES);
  expect(others.answers(PICTURES, RESOURCE)).toBe(true);
  expect(others.answers(PICTURES, {})).toBe(false);

  others.reach(PICTURES, RESOURCE);
  expect(others.answers(PICTURES, RESOURCE)).toBe(false);
  expect(others.answers(NOTES, RESOURCE)).toBe(true);
  expect(others.answers(new Request(NOTES, { method: 'POST' }), RESOURCE)).toBe(false);

  others.reach(NOTES, RESOURCE);
  expect(others.answers(NOTES, RESOURCE)).toBe(false);
});

test('a listener that sends the request through Tokenward, at once or later, does not count', async () => {
  const { others, answer, told } = setUp();
  const later = async (): Promise<Response> => {
    await Promise.resolve();
    others.exempt(PICTURES);
    return new Response();
  };

  others.exempt(NOTES);
  await answer(NOTES);
  await answer(PICTURES, later());

  expect(told).toEqual([]);
  expect(others.answers(NOTES, RESOURCE)).toBe(false);
});

test('a use of Tokenward for another request, or for the same one before, does not count', async () => {
  const { others, answer, told } = setUp();
  others.exempt(NOTES);
  await Promise.resolve();

  await answer(NOTES);
  others.exempt(NOTES);
  await answer(PICTURES);

  expect(told).toEqual([NOTES.url, PICTURES.url]);
});

test('remembers a bounded number of requests', async () => {
  const { others, answer } = setUp();
  others.reach(PICTURES, RESOURCE);
  const requests = Array.from({ length: 101 }, (_, page) => new Request(`https://api.example/v1/notes?page=${page}`));

  for (const request of requests) await answer(request);

  expect(requests.filter((request) => others.answers(request, RESOURCE))).toHaveLength(1);
});
