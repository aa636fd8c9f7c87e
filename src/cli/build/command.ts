import { Command, Option } from '@commander-js/extra-typings';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { loadConfiguration } from '../../server/node/load-configuration.ts';
import { applyChanges, placeText } from '../setup/file-change.ts';
import { type Terminal, writeJson } from '../terminal.ts';
import { createHostFiles } from './create-host-files.ts';
import type { HostFile } from './host-site.ts';
import { WRITTEN } from './wording.ts';
import { describeUse, HOST_NAMES } from './host-name.ts';

/** Creates the command `build`. */
export function buildCommand(terminal: Terminal): Command {
  return new Command('build')
    .summary('write the worker and the configuration of a host from tokenward.config')
    .description(
      'Writes everything that a host needs for the configuration in tokenward.config.js: the headers, the callback document, and the ' +
        'worker script or the function that makes it. A later run updates the files.',
    )
    .addOption(new Option('--for <host>', 'the host').choices(HOST_NAMES).makeOptionMandatory())
    .requiredOption('--out <folder>', 'the folder to write to')
    .option('--host <host>', 'the host of the app, for a configuration that depends on it')
    .option('--worker-script <file>', "the app's own built worker script, which imports the configuration")
    .option('--json', 'print the result as JSON')
    .action(async ({ for: name, out, host, workerScript, json }) => {
      try {
        const app = terminal.cwd();
        const folder = resolve(app, out);
        refuseFolderOfApp(folder, out);
        const { path, config } = await loadConfiguration(app, host);
        const files = await createHostFiles(config, name, readScript(app, workerScript)).catch((error: unknown) => {
          throw new Error(`${basename(path)}: ${error instanceof Error ? error.message : String(error)}`, {
            cause: error,
          });
        });
        for (const file of files) refuseFileOfApp(join(folder, file.name), file);
        const changes = files.map((file) => placeText(join(folder, file.name), file.text));
        applyChanges(changes);
        for (const file of files) if (file.isExecutable) chmodSync(join(folder, file.name), 0o755);
        const written = files.map((file, index) => ({ name: file.name, action: changes[index]?.action }));
        if (json === true) return writeJson(terminal.stdout, { host: name, origin: config.origin, files: written });
        const lines = [
          ...written.map(
            ({ name: file, action }) => `  ${join(out, file)} ${action === 'keep' ? 'is up to date' : 'written'}`,
          ),
          '',
          describeUse(name),
        ];
        terminal.stdout.write(`${lines.join('\n')}\n`);
      } catch (error) {
        terminal.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
        terminal.exitCode = 2;
      }
    });
}

/** Refuses a folder whose files are the app's own: a file such as vercel.json would be overwritten. */
function refuseFolderOfApp(folder: string, out: string): void {
  if (!existsSync(join(folder, 'package.json'))) return;
  throw new Error(
    `--out ${out} is the folder of the app: name another, such as --out deploy, whose files are overwritten.`,
  );
}

/** Refuses to overwrite a file of the app, such as `_headers`: those of this command say where they are from. */
function refuseFileOfApp(path: string, { name, text }: HostFile): void {
  if (!text.includes(WRITTEN) || !existsSync(path) || readFileSync(path, 'utf8').includes(WRITTEN)) return;
  throw new Error(`${name} in the folder of --out is a file of your own: move it, or name another folder with --out.`);
}

function readScript(app: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const path = resolve(app, file);
  if (!existsSync(path)) throw new Error(`--worker-script ${file} does not exist: build the worker first.`);
  return readFileSync(path, 'utf8');
}
