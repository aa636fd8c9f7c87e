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
 * Asks the user at the terminal questions, one after the other.
 *
 * @returns an answer to each; an empty one without a terminal, as in a script
 */
export async function askQuestions(
  { stdin, stdout }: Conversation,
  questions: readonly string[],
): Promise<readonly string[]> {
  if (stdin.isTTY !== true || stdout.isTTY !== true || questions.length === 0) return questions.map(() => '');
  const lines = createInterface({ input: stdin, output: stdout });
  // Keeps what is typed ahead. The end of the input counts as an answer.
  const typed: AsyncIterator<string> = lines[Symbol.asyncIterator]();
  try {
    const answers: string[] = [];
    for (const question of questions) {
      lines.setPrompt(`${question} `);
      lines.prompt();
      const answer = await typed.next();
      answers.push(answer.done === true ? '' : answer.value.trim());
    }
    return answers;
  } finally {
    lines.close();
  }
}

/** Writes a value as JSON, for programs. */
export function writeJson(stream: NodeJS.WriteStream, value: unknown): void {
  stream.write(`${JSON.stringify(value, null, 2)}\n`);
}
