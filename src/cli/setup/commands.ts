import { Command } from '@commander-js/extra-typings';
import { writeJson, type Terminal } from '../terminal.ts';
import { applyChanges } from './file-change.ts';
import { findPlacement } from './placement.ts';
import { carefully, describe, formatChanges } from './result.ts';
import { describeNextSteps, planRemoval } from './uninstall.ts';

const FOLDER = 'the folder whose files are served from the root of the origin (default: that of the framework)';

/** Creates what is left of the command `sync`, for scripts that still call it. */
export function syncCommand(terminal: Terminal): Command<[string[]]> {
  return new Command('sync')
    .argument('[rest...]')
    .allowUnknownOption()
    .action(() => {
      terminal.stderr.write(
        'There is no sync any more: npx tokenward init --yes updates the copy of an older set-up.\n',
      );
      terminal.exitCode = 2;
    });
}

/** Creates the command `uninstall`. */
export function uninstallCommand(terminal: Terminal): Command<[string | undefined]> {
  return new Command('uninstall')
    .summary('replace the worker file by a worker that removes itself, and delete the copy of the library')
    .description(
      'Replaces the worker file by one that deletes what Tokenward has stored in the browsers and unregisters itself, and ' +
        'deletes the copy of the library. If tokenward/vite makes the worker, it writes that worker into the public folder and ' +
        'says what to remove from the configuration. It never changes a worker file with code of the app in it.',
    )
    .argument('[folder]', FOLDER)
    .option('--dry-run', 'print what the command would do, and change nothing')
    .option('--json', 'print the result as JSON')
    .action((folder, { dryRun, json }) =>
      carefully(terminal, () => {
        const placement = findPlacement(terminal.cwd(), folder);
        const removal = planRemoval(placement);
        const next = describeNextSteps(placement, removal);
        const { changes, isUnfinished } = removal;
        if (dryRun !== true) applyChanges(changes);
        if (isUnfinished) terminal.exitCode = 1;
        if (json === true) return writeJson(terminal.stdout, { ...describe(placement, changes), isUnfinished, next });
        const lines = formatChanges(placement, changes, dryRun === true ? 'planned' : 'done');
        terminal.stdout.write(`${[...lines, '', next].join('\n')}\n`);
      }),
    );
}
