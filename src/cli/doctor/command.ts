import { dirname } from 'node:path';
import { WORKER_FILE } from '../../protocol/default-names.ts';
import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { createProgress, writeJson, type Terminal } from '../terminal.ts';
import { examine, type Examination } from './examine.ts';
import { isLoopback } from '../../configuration/loopback.ts';
import { findAppConfiguration } from '../../server/node/find-configuration.ts';
import { loadConfiguration } from '../../server/node/load-configuration.ts';
import { type OwnConfiguration, toOwnConfiguration } from './own-configuration.ts';
import { createSend } from './probe.ts';
import { countVerdicts, formatReport } from './report.ts';

/** Creates the command `doctor`. */
export function doctorCommand(terminal: Terminal): Command<[string | undefined]> {
  return new Command('doctor')
    .summary('check a live deployment from outside')
    .description(
      'Checks a live deployment from outside: worker script, redirect URI, headers of pages, files and errors, ' +
        'metadata and CORS of the authorization server, the APIs, clocks. It sends no token, code or secret, and runs ' +
        'no script that it reads. It reads the configuration in the worker script, as far as that is ' +
        'written out, and compares it with tokenward.config.js of the app in this folder, which it runs.',
    )
    .argument(
      '[url]',
      'the address of the app, such as https://app.example (default: that of its configuration)',
      parseUrl,
    )
    .option('--worker <path>', `the worker script (default: the one that worker-src names, or /${WORKER_FILE})`)
    .option('--issuer <url>', 'the authorization server, instead of the one in the worker script', parseText)
    .option('--client-id <id>', 'the client, instead of the one in the worker script', parseText)
    .option('--api <url...>', 'the protected resources, instead of those in the worker script')
    .option('--base <path>', 'the path of the app, such as /app/, instead of the one in the worker script', parsePath)
    .option('--other-worker <path...>', 'other service workers that the origin is to serve, as in otherWorkers')
    .addOption(new Option('--timeout <seconds>', 'the time limit for each request').default(10).argParser(parseSeconds))
    .option('--no-config', 'do not read the configuration of the app in this folder')
    .option('--strict', 'exit with 1 on warnings too')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', '\nExit code: 0 if no check failed, 1 if one did, 2 if the app cannot be reached.')
    .action(async (url, options) => {
      const progress = createProgress(terminal.stderr);
      try {
        const surroundings = { send: createSend(1000 * options.timeout), progress: progress.tell };
        const own = options.config ? await readOwn(terminal.cwd(), url) : undefined;
        const address = url ?? own?.address;
        if (address === undefined)
          throw new Error('Name the address of the app: npx tokenward doctor https://app.example');
        const examination = await examine({ url: address, ...options, own }, surroundings);
        progress.end();
        report(examination, options, terminal);
      } catch (error) {
        progress.end();
        terminal.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
        terminal.exitCode = 2;
      }
    });
}

/**
 * Reads the configuration of the app that a folder is part of; `undefined` if there is none.
 *
 * @param url address of the app, for a configuration that depends on the host
 */
async function readOwn(folder: string, url: string | undefined): Promise<OwnConfiguration | undefined> {
  const root = findRoot(folder);
  if (root === undefined) return undefined;
  const { path, config } = await loadConfiguration(root, url === undefined ? undefined : new URL(url).host);
  return toOwnConfiguration(path, config);
}

/** Finds the folder with the configuration: this one, or the nearest above it. */
function findRoot(folder: string): string | undefined {
  if (findAppConfiguration(folder) !== undefined) return folder;
  return folder === dirname(folder) ? undefined : findRoot(dirname(folder));
}

interface ReportOptions {
  readonly json?: true | undefined;
  readonly strict?: true | undefined;
}

function report(examination: Examination, { json, strict }: ReportOptions, terminal: Terminal): void {
  const counts = countVerdicts(examination);
  if (json === true) writeJson(terminal.stdout, { ...examination, counts });
  else terminal.stdout.write(formatReport(examination, terminal.stdout));
  terminal.exitCode = counts.fail > 0 || (strict === true && counts.warn > 0) ? 1 : 0;
}

function parseUrl(value: string): string {
  const url = value.includes('://') ? parse(value) : completeUrl(value);
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new InvalidArgumentError('It must be a URL.');
  // Drop user information, query and fragment, which a user may have pasted.
  return url.origin + url.pathname;
}

/** Adds a scheme to an address such as `localhost:5173`: a server on the same machine rarely has a certificate. */
function completeUrl(value: string): URL | undefined {
  const url = parse(`https://${value}`);
  return url !== undefined && isLoopback(url.hostname) ? parse(`http://${value}`) : url;
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function parsePath(value: string): string {
  if (!/^\/(?:[^?#]*\/)?$/.test(value))
    throw new InvalidArgumentError('It must begin and end with a slash, such as /app/.');
  return value;
}

function parseText(value: string): string {
  if (value === '') throw new InvalidArgumentError('It must not be empty.');
  return value;
}

function parseSeconds(value: string): number {
  const seconds = Number(value);
  if (!(seconds > 0 && seconds <= 300)) throw new InvalidArgumentError('It must be a number from 0 to 300.');
  return seconds;
}
