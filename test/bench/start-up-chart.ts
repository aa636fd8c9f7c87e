import { writeFile } from 'node:fs/promises';
import type { PartTimes } from './start-up-parts.ts';
import { round } from './statistics.ts';

const ROW = 30;
const LEFT = 250;
const WIDTH = 860;
/** For the figure behind the longest bar. */
const RIGHT = 80;

/**
 * Draws the parts of a start along its time, as an SVG that suits light and dark pages.
 *
 * @param file where to
 * @param times each part's median
 */
export async function writeStartUpChart(file: string, times: readonly PartTimes[]): Promise<void> {
  const endsAtMs = Math.max(...times.map(({ beginsAtMs, takesMs }) => beginsAtMs + takesMs));
  const widthOf = (ms: number): number => Math.round(((WIDTH - LEFT - RIGHT) * ms * 10) / endsAtMs) / 10;
  const rows = times.flatMap(({ title, whose, beginsAtMs, takesMs }, index) => {
    const top = index * ROW;
    const left = round(LEFT + widthOf(beginsAtMs));
    const width = Math.max(2, widthOf(takesMs));
    return [
      `<text x="${LEFT - 12}" y="${top + 20}" text-anchor="end">${title}</text>`,
      `<rect class="${whose}" x="${left}" y="${top + 5}" width="${width}" height="${ROW - 10}" rx="3"/>`,
      `<text x="${round(left + width + 8)}" y="${top + 20}">${round(takesMs)} ms</text>`,
    ];
  });
  const style = `text{font:14px system-ui,sans-serif;fill:#1f2430}.browser{fill:#a9b4c8}.tokenward{fill:#2f6fde}.aside{fill:#7d5bd0}
@media(prefers-color-scheme:dark){text{fill:#e6e9f0}.browser{fill:#5b677f}.tokenward{fill:#6ea2ff}.aside{fill:#b49aff}}`;
  await writeFile(
    file,
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${times.length * ROW + 8}" role="img" aria-label="What a worker does between its start and the first answer">
<style>${style}</style>
${rows.join('\n')}
</svg>
`,
  );
}
