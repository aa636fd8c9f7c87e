import { writeFile } from 'node:fs/promises';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { formatTable, type Table } from './table.ts';

/** What an option may be: its default says which. */
export type OptionValue = string | number | boolean;

/** The figures of a run, flat, so that any program can read them. */
export type Summary = Readonly<Record<string, string | number | boolean | null>>;

/** A promise that the figures have to keep. */
export type Check = (description: string, holds: boolean, detail?: string) => void;

/** What a figure command is given to work with. */
export interface FigureRun<T> {
  /** The options of the command line, or their defaults. */
  readonly options: T;
  /** Prints a line that says what is going on, with the seconds since the start. */
  progress(line: string): void;
  /** Prints a table, and writes it to the file of `--json`. */
  table(table: Table): void;
  /** Prints whether a promise holds, and counts it; one that does not hold makes the command fail. */
  readonly check: Check;
}

/** A command that measures something. */
export interface FigureCommand<T extends Record<string, OptionValue>> {
  readonly name: string;
  /** One sentence for `--help`. */
  readonly description: string;
  /** Options by their names on the command line, each with its default: `{ iterations: 500, seed: 1, check: false }`. */
  readonly options: T;
  run(figures: FigureRun<T>): Promise<Summary>;
}

/**
 * Runs a command that measures something. It prints progress, then as its last line `summary: {…}`, to which it adds how
 * many checks `passed` and `failed`; `--json FILE` writes the same there, with the names of the `failures` and the `tables`. The exit code is 1 if a check failed or the
 * command threw, 2 for a command line that it does not understand.
 */
export async function runFigures<T extends Record<string, OptionValue>>(command: FigureCommand<T>): Promise<void> {
  const { options, jsonFile } = readCommandLine(command);
  const startedAtMs = performance.now();
  const counts = { passed: 0, failed: 0 };
  const failures: string[] = [];
  const tables: Table[] = [];
  const table = (shown: Table): void => {
    tables.push(shown);
    process.stdout.write(`\n${formatTable(shown).join('\n')}\n\n`);
  };
  const progress = (line: string): void => {
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(6);
    process.stdout.write(`[${seconds} s] ${line}\n`);
  };
  const check: Check = (description, holds, detail) => {
    counts[holds ? 'passed' : 'failed'] += 1;
    const line = description + (detail === undefined ? '' : ` (${detail})`);
    if (!holds) failures.push(line);
    progress(`${holds ? 'ok    ' : 'FAILED'} ${line}`);
  };

  let figures: Summary = {};
  try {
    figures = await command.run({ options, progress, table, check });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    check(`${command.name} runs to its end`, false, error instanceof Error ? error.message : String(error));
  }

  const summary = { ...figures, ...counts };
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify({ ...summary, failures, tables })}\n`);
  process.exitCode = counts.failed > 0 ? 1 : 0;
  process.stdout.write(`summary: ${JSON.stringify(summary)}\n`);
}

interface CommandLine<T> {
  readonly options: T;
  readonly jsonFile: string | undefined;
}

function readCommandLine<T extends Record<string, OptionValue>>(command: FigureCommand<T>): CommandLine<T> {
  const config: NonNullable<ParseArgsConfig['options']> = { json: { type: 'string' }, help: { type: 'boolean' } };
  for (const [name, value] of Object.entries(command.options)) {
    config[name] = { type: typeof value === 'boolean' ? 'boolean' : 'string' };
  }
  try {
    const { values } = parseArgs({ options: config, strict: true });
    if (values['help'] === true) leave(command, 0);

    const options: Record<string, OptionValue> = {};
    for (const [name, standard] of Object.entries(command.options)) {
      options[name] = optionValue(name, values[name], standard);
    }
    if (!isLike(options, command.options)) throw new TypeError('an option has the wrong type');
    return { options, jsonFile: typeof values['json'] === 'string' ? values['json'] : undefined };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return leave(command, 2);
  }
}

function optionValue(name: string, value: unknown, standard: OptionValue): OptionValue {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return standard;
  if (typeof standard !== 'number') return value;
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) throw new TypeError(`--${name} must be a number`);
  return number;
}

function isLike<T extends Record<string, OptionValue>>(options: Record<string, OptionValue>, like: T): options is T {
  return Object.entries(like).every(([name, value]) => typeof options[name] === typeof value);
}

function leave<T extends Record<string, OptionValue>>(command: FigureCommand<T>, exitCode: number): never {
  const options = Object.entries(command.options).map(([name, value]) =>
    typeof value === 'boolean' ? ` [--${name}]` : ` [--${name} ${value}]`,
  );
  process.stderr.write(`${command.description}\nnpm run ${command.name} --${options.join('')} [--json FILE]\n`);
  process.exit(exitCode);
}
