import { writeFile } from 'node:fs/promises';
import type { Measurements } from './measurements.ts';
import { median, round } from './statistics.ts';

/** One bar. */
interface Bar {
  readonly label: string;
  readonly timeMs: number;
}

/** Labels of the contestants in the chart of `docs/performance.md`. */
const LABELS: Readonly<Record<string, string>> = {
  direct: 'no token, no worker',
  wrapper: 'header set by page script',
  passThrough: 'empty worker',
  constant: 'worker that sets a constant header',
  bearer: 'Tokenward, Bearer',
  dpop: 'Tokenward, DPoP',
};

const ROW = 34;
const LEFT = 250;
const WIDTH = 760;

/**
 * Writes what a small GET and 200 at once take, as an SVG that suits light and dark pages.
 *
 * @param file where to
 * @param measurements times of a full run
 */
export async function writeChart(file: string, measurements: Measurements): Promise<void> {
  const barsOf = (workload: string): readonly Bar[] =>
    Object.entries(LABELS).map(([name, label]) => ({ label, timeMs: median(measurements.timesMs(workload, name)) }));
  const groups: readonly (readonly [string, readonly Bar[]])[] = [
    ['A small GET', barsOf('sequential')],
    ['200 small GETs at once', barsOf('parallel')],
  ];
  const parts: string[] = [];
  let top = 10;
  for (const [title, bars] of groups) {
    parts.push(`<text class="title" x="0" y="${top + 16}">${title}, median</text>`);
    top += 30;
    const longest = Math.max(...bars.map(({ timeMs }) => timeMs));
    for (const { label, timeMs } of bars) {
      const width = Math.round(((WIDTH - LEFT - 90) * timeMs) / longest);
      const kind = label.startsWith('Tokenward') ? 'ours' : 'other';
      parts.push(
        `<text x="${LEFT - 12}" y="${top + 19}" text-anchor="end">${label}</text>`,
        `<rect class="${kind}" x="${LEFT}" y="${top + 3}" width="${width}" height="${ROW - 10}" rx="3"/>`,
        `<text x="${LEFT + width + 8}" y="${top + 19}">${round(timeMs)} ms</text>`,
      );
      top += ROW;
    }
    top += 16;
  }
  const style = `text{font:14px system-ui,sans-serif;fill:#1f2430}.title{font-weight:600}.other{fill:#a9b4c8}.ours{fill:#2f6fde}
@media(prefers-color-scheme:dark){text{fill:#e6e9f0}.other{fill:#5b677f}.ours{fill:#6ea2ff}}`;
  await writeFile(
    file,
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" role="img" aria-label="How long requests take with and without a worker">
<style>${style}</style>
${parts.join('\n')}
</svg>
`,
  );
}
