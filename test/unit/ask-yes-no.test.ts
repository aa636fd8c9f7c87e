import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { askYesNo, type Conversation } from '../../src/cli/terminal.ts';

/** Creates a stream that says of itself whether it is a terminal. */
function createStream(isTTY: boolean): PassThrough & { readonly isTTY: boolean } {
  return Object.assign(new PassThrough(), { isTTY });
}

function createConversation(isTTY: boolean, answer: string): Conversation {
  const stdin = createStream(isTTY);
  stdin.end(answer);
  return { stdin, stdout: createStream(isTTY) };
}

test.for([
  ['y\n', true],
  [' Yes \n', true],
  ['\n', false],
  ['n\n', false],
  ['', false],
  ['yesterday\n', false],
] as const)('takes the answer of a person: %j', async ([answer, expected]) => {
  const conversation = createConversation(true, answer);

  expect(await askYesNo(conversation, 'Go on?')).toBe(expected);
  expect(String(Object(conversation.stdout).read())).toContain('Go on? (y/N) ');
});

test('asks no question without a terminal', async () => {
  const conversation = createConversation(false, 'y\n');

  expect(await askYesNo(conversation, 'Go on?')).toBe(false);
  expect(Object(conversation.stdout).read()).toBeNull();
});
