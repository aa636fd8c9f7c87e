import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/build.ts';
import { type KindOutcome, REQUEST_KINDS, type RequestKind } from '../support/request-kinds.ts';

/** A row of the table. That each engine does what it says, `npm run test:engines` finds out. */
function rowOf({ kind, outcomes, destination, instead = '' }: RequestKind): string {
  const words: Readonly<Record<KindOutcome, string>> = {
    yes: 'yes',
    named: `with \`'${destination}'\``,
    no: 'no',
    unsent: 'not sent',
  };
  const { chromium, firefox, webkit } = outcomes;
  const cells = [chromium, firefox, webkit];
  const isComplete = cells.every((outcome) => outcome === 'yes');
  return `| ${[kind, ...cells.map((outcome) => words[outcome]), isComplete ? '' : instead].join(' | ')} |`;
}

test('markup never gets the token by itself, and whatever gets none has something instead', () => {
  for (const { kind, outcomes, destination, instead } of REQUEST_KINDS) {
    const cells = Object.values(outcomes);

    expect(cells.includes('yes') && destination !== undefined, kind).toBe(false);
    expect(cells.includes('no') && instead === undefined, kind).toBe(false);
  }
});

test('the documentation has the table of the kinds of requests', () => {
  const document = readFileSync(join(ROOT, 'docs/request-kinds.md'), 'utf8');
  const rows = document.split('\n').filter((line) => line.startsWith('| '));

  expect(rows.slice(0, REQUEST_KINDS.length + 1)).toEqual([HEAD, ...REQUEST_KINDS.map(rowOf)]);
});

const HEAD = '| request | Chromium | Firefox | WebKit | instead |';
