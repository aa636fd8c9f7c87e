import { html, raw } from 'hono/html';
import type { Table } from '../support/table.ts';
import type { Failure } from './failure.ts';
import type { Results, RunResult } from './results.ts';
import { STYLE } from './style.ts';
import type { TestResult } from './vitest-results.ts';

/** Number of the slowest tests that the page lists. */
const SLOWEST = 20;

/** Part of the page, with all text in it escaped. */
type Part = ReturnType<typeof html>;

/** Contents of the page. */
export interface PageContent extends Results {
  /** The time at which the page is made. */
  readonly madeAt: Date;
  /** Pictures as data URLs, by their paths; one that is not there is left out. */
  readonly pictures: ReadonlyMap<string, string>;
}

/** Renders the results as one HTML page, which needs no other file but the traces. */
export async function renderPage({ runs, tests, madeAt, pictures }: PageContent): Promise<string> {
  const failures = runs.flatMap((run) => run.failures.map((failure) => [run, failure] as const));
  const total = (count: 'passed' | 'failed'): number => runs.reduce((sum, run) => sum + run[count], 0);
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${total('failed') === 0 ? 'Passed' : `${total('failed')} failed`}: tests of Tokenward</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <h1>Tests of Tokenward</h1>
          <p class="${total('failed') === 0 ? 'good' : 'bad'}">${total('passed')} passed, ${total('failed')} failed</p>
          <p>
            <time datetime="${madeAt.toISOString()}">${madeAt.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>
          </p>
        </header>
        <section id="failures">
          <h2>Failures</h2>
          ${failures.length === 0 ? html`<p>Nothing has failed.</p>` : ''}
          ${failures.map(([run, failure]) => renderFailure(run, failure, pictures))}
        </section>
        <section id="runs">
          <h2>Runs</h2>
          ${renderTable({
            title: '',
            head: ['run', 'passed', 'failed'],
            rows: runs.map(({ name, passed, failed }) => [
              name,
              String(passed),
              failed === 0 ? '0' : `${failed} FAILED`,
            ]),
            notes: [],
          })}
        </section>
        <section id="slowest">
          <h2>The slowest ${SLOWEST} tests</h2>
          ${renderTable({ title: '', head: ['seconds', 'test', 'file'], rows: listSlowest(tests), notes: [] })}
        </section>
        <section id="matrices">
          <h2>Matrices</h2>
          ${runs.flatMap(({ name, tables }) => tables.map((table) => renderMatrix(name, table)))}
        </section>
      </body>
    </html>`;
  return `${page}\n`;
}

function renderFailure({ name }: RunResult, failure: Failure, pictures: PageContent['pictures']): Part {
  return html`<article>
    <h3>${failure.title}</h3>
    <p class="place">${[name, ...(failure.file === undefined ? [] : [failure.file])].join(': ')}</p>
    ${failure.message === '' ? '' : html`<pre>${failure.message}</pre>`} ${renderEvidence(failure, pictures)}
  </article>`;
}

function renderEvidence({ pictures, trace }: Pick<Failure, 'pictures' | 'trace'>, data: PageContent['pictures']): Part {
  const images = pictures.flatMap((path) => data.get(path) ?? []);
  return html`${images.map((url) => html`<img src="${url}" alt="The page when the test failed" />`)}
  ${trace === undefined ? '' : html`<p>Trace: <code>npx playwright show-trace ${trace}</code></p>`}`;
}

function renderMatrix(run: string, table: Table): Part {
  const failed = table.rows.filter((row) => row.some(isBad)).length;
  const count = `rows: ${table.rows.length}${failed === 0 ? '' : `, FAILED: ${failed}`}`;
  const head = html`<summary>${table.title} <span class="place">${run}, ${count}</span></summary>`;
  const body = renderTable(table);
  return failed === 0 ? html`<details>${head}${body}</details>` : html`<details open>${head}${body}</details>`;
}

function renderTable({ head, rows, notes }: Table): Part {
  return html`<div class="wide">
      <table>
        <thead>
          <tr>
            ${head.map((text) => html`<th scope="col">${text}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                ${row.map((text) => (isBad(text) ? html`<td class="bad">${text}</td>` : html`<td>${text}</td>`))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${notes.map((note) => html`<p>${note}</p>`)}`;
}

/** Whether a cell says that something went wrong: `FAILED`, `LEAKS` and the like are in capitals, and nothing else is. */
function isBad(text: string): boolean {
  return /\b(?:FAILED|LEAKS|HOLDS|FALLS|NOT RUN)\b/.test(text);
}

function listSlowest(tests: readonly TestResult[]): readonly (readonly string[])[] {
  const slowest = tests.toSorted((one, other) => other.durationMs - one.durationMs).slice(0, SLOWEST);
  return slowest.map((test) => [(test.durationMs / 1000).toFixed(1), nameOf(test), test.file]);
}

function nameOf({ engine, name }: TestResult): string {
  return engine === undefined ? name : `${engine}: ${name}`;
}
