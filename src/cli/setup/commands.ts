import { WORKER_FILE } from '../../protocol/default-names.ts';
import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { askYesNo, writeJson, type Terminal } from '../terminal.ts';
import { applyChanges } from './file-change.ts';
import { planInit, planLibrary } from './init.ts';
import {
  type AppLocation,
  chooseIsolatedCallback,
  formatIsolatedCallback,
  formatOffer,
  formatQuestion,
  type IsolatedCallback,
} from './isolated-callback.ts';
import { findBasePath, findNotices, formatNotices } from './notices.ts';
import { describePlugin, displayPath, findPlacement, findPlacementOfCopy } from './placement.ts';
import { findProject, type Project } from './project.ts';
import { adviseRegistration, formatAdvice } from './registration-advice.ts';
import { carefully, describe, formatChanges } from './result.ts';
import { describeNextSteps, planRemoval } from './uninstall.ts';
import { findVitePlugin } from './vite-plugin.ts';
import { EXAMPLE } from './worker-file.ts';

const FOLDER = 'the folder whose files are served from the root of the origin (default: that of the framework)';

/** Creates the command `init`. */
export function initCommand(terminal: Terminal): Command<[string | undefined]> {
  return new Command('init')
    .summary('set an app up: its worker file, a copy of the library, what to enter at the authorization server')
    .description(
      'Finds the framework and the folder of static files, writes a worker file with a commented configuration if there ' +
        'is none yet, copies the library of the installed package beside it, and says what to enter at the authorization ' +
        'server. It never changes an existing worker file.',
    )
    .argument('[folder]', FOLDER)
    .option('--issuer <url>', 'the authorization server, for the worker file', parseUrl)
    .option('--client-id <id>', 'the client, for the worker file')
    .option('--api <url...>', 'the APIs that get the access token, for the worker file')
    .option(
      '--origin <url>',
      'where the app is served, for what to enter at the authorization server (default: this machine)',
      parseOrigin,
    )
    .option('--base <path>', 'the path of the app, such as /app/ (default: that of the framework)', parseBase)
    .option(
      '--isolated-callback [url]',
      'set up a redirect URI on an origin of its own (default: the next port, or the host of --origin with signin before it)',
      parseUrl,
    )
    .option('--dry-run', 'print what the command would do, and change nothing')
    .option('--json', 'print the result as JSON')
    .action((folder, { issuer, clientId, api, origin, base: givenBase, isolatedCallback, dryRun, json }) =>
      carefully(terminal, async () => {
        const project = findProject(terminal.cwd());
        const base = givenBase ?? findBasePath(project);
        if (findVitePlugin(project) !== undefined) {
          const location = { origin: origin ?? 'http://localhost:5173', base };
          return writePluginNotices(terminal, project, { location, isolatedCallback, isJson: json === true });
        }
        const placement = findPlacementOfCopy(terminal.cwd(), folder);
        const served = origin ?? placement.framework?.developmentOrigin ?? 'http://localhost:3000';
        const location = { origin: served, base };
        const isAsked = isolatedCallback === undefined && json !== true && dryRun !== true;
        const isWanted = isAsked && (await askYesNo(terminal, formatQuestion(location)));
        const isolated = chooseIsolatedCallback(isolatedCallback ?? (isWanted || undefined), location);
        const options = {
          issuer: issuer ?? EXAMPLE.issuer,
          clientId: clientId ?? EXAMPLE.clientId,
          apis: api ?? EXAMPLE.apis,
          base,
          ...(isolated && { redirectUri: isolated.redirectUri }),
        };
        const changes = planInit(placement, options);
        const advice = adviseRegistration(location, isolated);
        const notices = findNotices(placement.project);
        if (dryRun !== true) applyChanges(changes);
        if (json === true)
          return writeJson(terminal.stdout, { ...describe(placement, changes), register: advice, notices });
        const { hint } = placement.framework ?? {};
        const isWritten = changes.some(({ path, action }) => path === placement.workerFile && action === 'create');
        const missing = Object.entries({ issuer, client: clientId, APIs: api })
          .filter(([, value]) => value === undefined || !isWritten)
          .map(([name]) => name);
        const unwritten = isWritten
          ? []
          : [...(base === '/' ? [] : [`base: '${base}'`]), ...redirectUriEntry(isolated)];
        const lines = [
          ...formatChanges(placement, changes, dryRun === true ? 'planned' : 'done'),
          ...(hint === undefined ? [] : ['', hint]),
          '',
          formatAdvice(advice, options),
          ...(isolated === undefined ? formatOffer(location) : formatIsolatedCallback(isolated, 'other')),
          ...formatNotices(notices),
          '',
          ...formatNextSteps(displayPath(placement, placement.workerFile), {
            base,
            missing: [...missing, ...unwritten],
          }),
        ];
        terminal.stdout.write(`${lines.join('\n')}\n`);
      }),
    );
}

/** Advice for an app whose worker Vite's plugin makes. */
interface PluginApp {
  readonly location: AppLocation;
  readonly isolatedCallback: string | true | undefined;
  readonly isJson: boolean;
}

/** Writes the notices about an app whose worker Vite's plugin makes. There is no file to write. */
function writePluginNotices({ stdout }: Terminal, project: Project, app: PluginApp): void {
  const notices = findNotices(project);
  const isolated = chooseIsolatedCallback(app.isolatedCallback, app.location);
  if (app.isJson) return writeJson(stdout, { files: [], notices, ...(isolated && { isolatedCallback: isolated }) });
  const setUp =
    isolated === undefined
      ? ['There is nothing to set up.', ...formatOffer(app.location)]
      : [
          `Enter ${redirectUriEntry(isolated).join()} in ${findVitePlugin(project)?.source ?? 'the worker file'}, and at the authorization server.`,
          ...formatIsolatedCallback(isolated, 'plugin'),
        ];
  stdout.write(`${[describePlugin(project), ...setUp, ...formatNotices(notices)].join('\n')}\n`);
}

function redirectUriEntry(isolated: IsolatedCallback | undefined): readonly string[] {
  return isolated === undefined ? [] : [`redirectUri: '${isolated.redirectUri}'`];
}

/**
 * Formats the steps that the user must take by hand.
 *
 * @param workerFile path of the worker file
 * @param app the path of the app, and the options that the worker file lacks
 */
function formatNextSteps(
  workerFile: string,
  { base, missing }: { readonly base: string; readonly missing: readonly string[] },
): readonly string[] {
  const rest = `connect({ worker: '${base}${WORKER_FILE}' }) in the page, and let npx tokenward check run in CI.`;
  if (missing.length === 0) return [`Then call ${rest}`];
  return [`Then enter ${missing.join(', ').replace(/, ([^,]+)$/, ' and $1')} in ${workerFile}, call`, rest];
}

/** Creates the command `sync`. */
export function syncCommand(terminal: Terminal): Command<[string | undefined]> {
  return new Command('sync')
    .summary('update the copy of the library to the installed version')
    .description('Copies the library of the installed package over the copy in the app, if the two differ.')
    .argument('[folder]', FOLDER)
    .option('--dry-run', 'print what the command would do, and change nothing')
    .option('--json', 'print the result as JSON')
    .action((folder, { dryRun, json }) =>
      carefully(terminal, () => {
        const placement = findPlacementOfCopy(terminal.cwd(), folder);
        const changes = [planLibrary(placement)];
        if (dryRun !== true) applyChanges(changes);
        if (json === true) return writeJson(terminal.stdout, describe(placement, changes));
        const lines = formatChanges(placement, changes, dryRun === true ? 'planned' : 'done');
        terminal.stdout.write(`${lines.join('\n')}\n`);
      }),
    );
}

/** Creates the command `check`. */
export function checkCommand(terminal: Terminal): Command<[string | undefined]> {
  return new Command('check')
    .summary('exit with 1 if the copy of the library is not that of the installed version, for CI')
    .description('Compares the copy of the library in the app with the installed package. It changes nothing.')
    .argument('[folder]', FOLDER)
    .option('--json', 'print the result as JSON')
    .action((folder, { json }) =>
      carefully(terminal, () => {
        const placement = findPlacementOfCopy(terminal.cwd(), folder);
        const change = planLibrary(placement);
        const isInStep = change.action === 'keep';
        terminal.exitCode = isInStep ? 0 : 1;
        if (json === true) return writeJson(terminal.stdout, { ...describe(placement, [change]), isInStep });
        const path = displayPath(placement, change.path);
        const { version } = placement.installation;
        terminal.stdout.write(
          isInStep
            ? `${path} is that of tokenward ${version}.\n`
            : `${path} is ${change.action === 'create' ? 'missing' : `not that of tokenward ${version}`}. Run: npx tokenward sync\n`,
        );
      }),
    );
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

function parseUrl(value: string): string {
  if (!URL.canParse(value)) throw new InvalidArgumentError('It must be a URL.');
  return value;
}

function parseBase(value: string): string {
  if (!/^\/(?:[^?#]*\/)?$/.test(value))
    throw new InvalidArgumentError('It must begin and end with a slash, such as /app/.');
  return value;
}

function parseOrigin(value: string): string {
  return new URL(parseUrl(value)).origin;
}
