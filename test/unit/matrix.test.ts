import { describe, expect, test } from 'vitest';
import { Matrix } from '../support/matrix.ts';

describe('a matrix of outcomes', () => {
  test('counts what was not run by itself, never as passed', () => {
    const matrix = new Matrix('server', ['sign-in', 'sign-out']);
    matrix.set('one', 'sign-in', { kind: 'passed' });
    matrix.set('one', 'sign-out', { kind: 'failed', detail: 'no answer' });
    matrix.set('two', 'sign-in', { kind: 'passed' });
    matrix.leave('two', 'it was stopped');
    matrix.addRow('three');

    expect(matrix.count()).toEqual({ passed: 2, failed: 1, notRun: 3 });
  });

  test('gives each reason once, below the table', () => {
    const matrix = new Matrix('server', ['sign-in', 'refresh']);
    matrix.leave('one', 'it is missing');
    matrix.leave('two', 'it is missing');
    matrix.set('three', 'sign-in', { kind: 'passed', detail: 'id_token_invalid' });
    matrix.set('three', 'refresh', { kind: 'passed', detail: 'something that takes more room than a cell has' });

    expect(matrix.lines()).toEqual([
      '| server | sign-in             | refresh     |',
      '|--------|---------------------|-------------|',
      '| one    | not run (1)         | not run (1) |',
      '| two    | not run (1)         | not run (1) |',
      '| three  | ok id_token_invalid | ok (2)      |',
      '(1) not run: it is missing',
      '(2) something that takes more room than a cell has',
    ]);
  });

  test('says in other words what was not run', () => {
    const matrix = new Matrix('test', ['one engine'], 'not in this engine');
    matrix.leave('a reload', 'it cannot');

    expect(matrix.lines().slice(2)).toEqual([
      '| a reload | not in this engine (1) |',
      '(1) not in this engine: it cannot',
    ]);
  });
});
