import { stripVTControlCharacters, styleText } from 'node:util';
import type { Examination } from './examine.ts';
import type { Finding, Verdict } from './finding.ts';

/** Number of findings by verdict. */
export type Counts = Readonly<Record<Verdict, number>>;

/** Counts the verdicts of an examination. */
export function countVerdicts({ sections }: Examination): Counts {
  const findings = sections.flatMap((section) => section.findings);
  const count = (verdict: Verdict): number => findings.filter((finding) => finding.verdict === verdict).length;
  return { pass: count('pass'), warn: count('warn'), fail: count('fail') };
}

/**
 * Formats the report: a line for each check, followed by the risk and the fix if the check did not pass.
 *
 * @param examination result of `examine()`
 * @param stream destination of the report; it determines the width and whether there are colours (`NO_COLOR`)
 */
export function formatReport(examination: Examination, stream: NodeJS.WriteStream): string {
  const style = (format: Parameters<typeof styleText>[0], text: string): string => styleText(format, text, { stream });
  const width = Math.max(60, Math.min(stream.columns ?? 120, 120));
  const colours = { pass: 'green', warn: 'yellow', fail: 'red' } as const;
  const line = ({ check, verdict, found, risk, fix }: Finding): string => {
    const head = `  ${style(colours[verdict], verdict)}  ${check.padEnd(NAME_WIDTH)}  `;
    const details = (
      [
        ['risk', risk],
        ['fix', fix],
      ] as const
    ).flatMap(([label, text]) =>
      text === undefined ? [] : [`${INDENT}${style('dim', label.padEnd(4))}  ${fold(clean(text), width, 6)}`],
    );
    return [head + fold(clean(found), width, 0), ...details].join('\n');
  };
  const sections = examination.sections.map(
    ({ title, findings }) => `${style('bold', title)}\n${findings.map(line).join('\n')}\n`,
  );
  const { pass, warn, fail } = countVerdicts(examination);
  const summary = `${pass} passed, ${warn} ${warn === 1 ? 'warning' : 'warnings'}, ${fail} failed`;
  const colour = colours[fail > 0 ? 'fail' : warn > 0 ? 'warn' : 'pass'];
  return `${sections.join('\n')}\n${style(colour, summary)}\n`;
}

const NAME_WIDTH = 28;
const INDENT = ' '.repeat(NAME_WIDTH + 10);

/** Removes control characters: servers wrote some of the text, and it must not control the terminal. */
function clean(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is taken out
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, ' ');
}

/** Breaks a text between words and indents every line after the first. */
function fold(text: string, width: number, more: number): string {
  const room = Math.max(24, width - INDENT.length - more);
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${INDENT}${' '.repeat(more)}`);
}
