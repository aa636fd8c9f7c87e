/** What a command needs of the process. */
export interface Terminal {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly cwd: () => string;
  /** The exit code; 0 where nothing sets it. */
  exitCode?: number | string | null | undefined;
}

/**
 * Makes what shows how far a command is: one line that is written again on a terminal, a line each time elsewhere.
 *
 * @param stream where it goes; not where the results go, so that those can be piped
 */
export function createProgress(stream: NodeJS.WriteStream): { tell(line: string): void; end(): void } {
  if (!stream.isTTY) return { tell: (line) => void stream.write(`${line}\n`), end: () => undefined };
  const clear = '\r\u001B[2K';
  return {
    tell: (line) => void stream.write(clear + line.slice(0, Math.max(20, stream.columns - 1))),
    end: () => void stream.write(clear),
  };
}

/** Writes a value as JSON, for programs. */
export function writeJson(stream: NodeJS.WriteStream, value: unknown): void {
  stream.write(`${JSON.stringify(value, null, 2)}\n`);
}
