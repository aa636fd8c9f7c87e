import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';

/** Streams and working directory of the process that runs a command. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly cwd: () => string;
  /** Exit code; 0 by default. */
  exitCode?: number | string | null | undefined;
}

/**
 * Creates the progress display of a command: one line that is overwritten on a terminal, a line per step elsewhere.
 *
 * @param stream destination; not the one of the results, so that those can be piped
 */
export function createProgress(stream: NodeJS.WriteStream): { tell(line: string): void; end(): void } {
  if (!stream.isTTY) return { tell: (line) => void stream.write(`${line}\n`), end: () => undefined };
  const clear = '\r\u001B[2K';
  return {
    tell: (line) => void stream.write(clear + line.slice(0, Math.max(20, stream.columns - 1))),
    end: () => void stream.write(clear),
  };
}

/** The two ends of a conversation; each knows whether it is a terminal. */
export interface Conversation {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/**
 * Asks the user at the terminal a question.
 *
 * @returns whether the answer is yes; `false` without a terminal, as in a script
 */
export async function askYesNo({ stdin, stdout }: Conversation, question: string): Promise<boolean> {
  if (stdin.isTTY !== true || stdout.isTTY !== true) return false;
  const lines = createInterface({ input: stdin, output: stdout });
  try {
    // The end of the input counts as an answer.
    const ended = once(lines, 'close').then(() => '');
    const answer = await Promise.race([lines.question(`${question} (y/N) `), ended]);
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

/** Writes a value as JSON, for programs. */
export function writeJson(stream: NodeJS.WriteStream, value: unknown): void {
  stream.write(`${JSON.stringify(value, null, 2)}\n`);
}
