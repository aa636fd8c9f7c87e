import type { Terminal } from '../terminal.ts';
import type { FileChange } from './file-change.ts';
import { displayPath, type Placement } from './placement.ts';

/** Runs a command, and writes an error's message instead of its stack trace. */
export async function carefully(terminal: Terminal, action: () => void | Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    terminal.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    terminal.exitCode = 2;
  }
}

/** Returns the result for programs. */
export function describe(placement: Placement, changes: readonly FileChange[]): Readonly<Record<string, unknown>> {
  const { framework, installation, publicFolder } = placement;
  return {
    version: installation.version,
    framework: framework?.name ?? null,
    publicFolder: displayPath(placement, publicFolder),
    files: changes.map(({ path, action }) => ({ path: displayPath(placement, path), action })),
  };
}

const WORDS = {
  done: { create: 'created', update: 'updated', keep: 'kept as it is', remove: 'removed' },
  planned: {
    create: 'would be created',
    update: 'would be updated',
    keep: 'would be kept',
    remove: 'would be removed',
  },
} as const;

/** Formats the result for people. */
export function formatChanges(
  placement: Placement,
  changes: readonly FileChange[],
  state: keyof typeof WORDS,
): readonly string[] {
  const { framework, installation } = placement;
  return [
    `tokenward ${installation.version}, ${framework?.name ?? 'no framework'}`,
    ...changes.map(({ path, action }) => `  ${displayPath(placement, path)} ${WORDS[state][action]}`),
  ];
}
