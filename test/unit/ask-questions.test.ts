import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { askQuestions, type Conversation } from '../../src/cli/terminal.ts';

/** Creates a stream that says of itself whether it is a terminal. */
function createStream(isTTY: boolean): PassThrough & { readonly isTTY: boolean } {
  return Object.assign(new PassThrough(), { isTTY });
}

function createConversation(isTTY: boolean, answers: string): Conversation {
  const stdin = createStream(isTTY);
  stdin.end(answers);
  return { stdin, stdout: createStream(isTTY) };
}

test.for([
  ['https://login.example\nspa\n', ['https://login.example', 'spa']],
  ['  https://login.example \n\n', ['https://login.example', '']],
  ['https://login.example', ['https://login.example', '']],
  ['', ['', '']],
] as const)(
  'takes an answer to each question, with none for those that the input ends before: %j',
  async ([typed, expected]) => {
    const conversation = createConversation(true, typed);

    expect(await askQuestions(conversation, ['Server?', 'Client?'])).toEqual(expected);
    expect(String(Object(conversation.stdout).read())).toMatch(/Server\? [^]*Client\? /);
  },
);

test('asks no question without a terminal', async () => {
  const conversation = createConversation(false, 'https://login.example\n');

  expect(await askQuestions(conversation, ['Server?'])).toEqual(['']);
  expect(Object(conversation.stdout).read()).toBeNull();
});
