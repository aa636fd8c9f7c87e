import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { askQuestions, writeJson, type Terminal } from '../terminal.ts';
import { findAdditions, formatAdditions, hasVitePlugin } from './additions.ts';
import { type ConfigurationFormat, configurationName, createConfigurationFile, EXAMPLE } from './configuration-file.ts';
import { applyChanges, placeIfAbsent, type FileChange } from './file-change.ts';
import {
  type AppLocation,
  chooseIsolatedCallback,
  formatIsolatedCallback,
  formatOffer,
  type IsolatedCallback,
} from './isolated-callback.ts';
import { findBasePath, findNotices, formatNotices } from './notices.ts';
import { describeMove, findOlderSetup, planLibrary, type OlderSetup } from './older-setup.ts';
import { findPlacement, type Placement } from './placement.ts';
import { readJson, type Project } from './project.ts';
import {
  createProviderFile,
  describeProfile,
  fillProfile,
  type FilledProfile,
  formatProviderAdvice,
  postsForm,
} from './provider-file.ts';
import { PROVIDERS } from './providers/index.ts';
import type { Provider } from './providers/provider.ts';
import { adviseRegistration, formatAdvice } from './registration-advice.ts';
import { carefully, describe, formatChanges } from './result.ts';
import { hasStrings } from '../../protocol/json.ts';

/** Creates the command `init`. */
export function initCommand(terminal: Terminal): Command<[string | undefined]> {
  return new Command('init')
    .summary('set an app up: write its configuration, and print the lines to add')
    .description(
      'Writes tokenward.config.js (or .ts), the one configuration of the app, and prints the lines to add for its framework and ' +
        'what to enter at the authorization server. At a terminal it asks for the issuer, the client and the API, unless options ' +
        'name them. It never changes an existing configuration.',
    )
    .argument('[folder]', 'the folder of static files, if the app has an older worker file in it')
    .option('--provider <name>', 'the provider whose profile to use, such as auth0 (docs/providers.md)', parseProvider)
    .option('--issuer <url>', 'the authorization server', parseUrl)
    .option('--client-id <id>', 'the client')
    .option('--api <url...>', 'the APIs that get the access token')
    .option('--origin <url>', 'where the app is served (default: this machine)', parseOrigin)
    .option('--base <path>', 'the path of the app, such as /app/ (default: that of the framework)', parseBase)
    .option(
      '--isolated-callback [url]',
      'set up a redirect URI on an origin of its own (default: the next port, or the host of --origin with signin before it)',
      parseUrl,
    )
    .option('-y, --yes', 'ask nothing')
    .option('--dry-run', 'print what the command would do, and change nothing')
    .option('--json', 'print the result as JSON')
    .action((folder, options) => carefully(terminal, () => init(terminal, folder, options)));
}

/** Options of the command line. */
interface InitOptions {
  readonly provider?: Provider | undefined;
  readonly issuer?: string | undefined;
  readonly clientId?: string | undefined;
  readonly api?: readonly string[] | undefined;
  readonly origin?: string | undefined;
  readonly base?: string | undefined;
  readonly isolatedCallback?: string | true | undefined;
  readonly yes?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly json?: true | undefined;
}

async function init(terminal: Terminal, folder: string | undefined, options: InitOptions): Promise<void> {
  const placement = findPlacement(terminal.cwd(), folder, 'public');
  const setup = findSetup(placement);
  const base = options.base ?? findBasePath(placement.project);
  const origin = options.origin ?? placement.framework?.developmentOrigin ?? 'http://localhost:3000';
  const location = { origin, base };
  const isolated = chooseIsolatedCallback(options.isolatedCallback, location);
  const isSilent = setup.action === 'keep' || [options.yes, options.json, options.dryRun].includes(true);
  const given = isSilent ? options : await ask(terminal, options);
  const redirect = isolated && { redirectUri: isolated.redirectUri };
  const values = {
    issuer: given.issuer ?? EXAMPLE.issuer,
    clientId: given.clientId ?? EXAMPLE.clientId,
    apis: given.api ?? EXAMPLE.apis,
    ...location,
    ...redirect,
  };
  const profile =
    given.provider && fillProfile(given.provider, { ...given, apis: given.api, ...location, ...redirect });
  const file = profile ? createProviderFile(profile, setup.format) : createConfigurationFile(values, setup.format);
  const changes = planInit(placement, setup, file);
  if (options.dryRun !== true) applyChanges(changes);
  const additions = findAdditions(placement.project, { ...setup, base });
  const register = adviseRegistration(location, isolated);
  const notices = findNotices(placement.project);
  const { older } = setup;
  const move = older && describeMove(older, setup.configuration);
  if (options.json === true) {
    const result = {
      ...describe(placement, changes),
      ...(profile && { provider: describeProfile(profile) }),
      register,
      notices,
      additions,
      ...(older && { move }),
    };
    return writeJson(terminal.stdout, result);
  }
  const lines = [
    ...formatChanges(placement, changes, options.dryRun === true ? 'planned' : 'done'),
    ...(move === undefined ? [] : ['', move]),
    ...formatAdditions(additions),
    '',
    ...(profile ? formatProviderAdvice(profile) : [formatAdvice(register, values)]),
    ...(isolated ? formatIsolatedCallback(isolated, hasVitePlugin(placement.project) ? 'plugin' : 'other') : []),
    ...(isolated === undefined && !postsForm(profile) ? formatOffer(location) : []),
    ...formatNotices(notices),
    '',
    formatNextStep(setup, describeMissing(given, setup, { base, isolated, profile })),
  ];
  terminal.stdout.write(`${lines.join('\n')}\n`);
}

/** Choices of the user that the configuration follows from. */
interface Chosen extends Pick<AppLocation, 'base'> {
  readonly isolated: IsolatedCallback | undefined;
  readonly profile: FilledProfile | undefined;
}

/** Configuration that an app has, or is to have. */
interface Setup {
  /** Name of the file. */
  readonly configuration: string;
  readonly format: ConfigurationFormat;
  /** Whether the command writes the file: it keeps an existing configuration, of an older set-up too. */
  readonly action: 'create' | 'keep';
  readonly older: OlderSetup | undefined;
}

function findSetup(placement: Placement): Setup {
  const { folder } = placement.project;
  const present = placement.configuration;
  const format = formatOf(placement.project);
  const older = findOlderSetup(placement);
  const action = present === undefined && older === undefined ? 'create' : 'keep';
  const configuration = present === undefined ? configurationName(format) : present.slice(folder.length + 1);
  return { configuration, format, action, older };
}

/** Chooses the language that the app itself is written in. Vite runs modules, whatever package.json says. */
function formatOf({ folder, dependencies }: Project): ConfigurationFormat {
  if (existsSync(join(folder, 'tsconfig.json'))) return 'typescript';
  const manifest = readJson(join(folder, 'package.json'));
  const isModule = hasStrings(manifest, 'type') && manifest.type === 'module';
  return isModule || dependencies.has('vite') ? 'module' : 'commonjs';
}

function planInit(placement: Placement, { configuration, older }: Setup, text: string): readonly FileChange[] {
  // An app with a copy of the library goes on with that of the installed version.
  if (older !== undefined) return older.hasCopy ? [planLibrary(placement)] : [];
  const path = join(placement.project.folder, configuration);
  return [placeIfAbsent(path, text)];
}

/** Asks for what no option names: three questions at most. */
async function ask(terminal: Terminal, options: InitOptions): Promise<InitOptions> {
  const { provider, issuer, clientId, api } = options;
  const open = [
    ...(provider === undefined && issuer === undefined
      ? [{ name: 'issuer', question: `Authorization server (${EXAMPLE.issuer}):` }]
      : []),
    ...(clientId === undefined ? [{ name: 'clientId', question: `Client (${EXAMPLE.clientId}):` }] : []),
    ...(api === undefined ? [{ name: 'api', question: `API that gets the token (${EXAMPLE.apis.join()}):` }] : []),
  ];
  const answers = await askQuestions(
    terminal,
    open.map(({ question }) => question),
  );
  const answerTo = (name: string): string | undefined =>
    answers[open.findIndex((one) => one.name === name)] || undefined;
  const [server, url] = [answerTo('issuer'), answerTo('api')];
  for (const answer of [server, url]) {
    if (answer !== undefined && !URL.canParse(answer)) throw new Error(`${answer} is no URL. Run the command again.`);
  }
  return {
    ...options,
    issuer: issuer ?? server,
    clientId: clientId ?? answerTo('clientId'),
    api: api ?? (url === undefined ? undefined : [url]),
  };
}

/** Describes what is left to do in the configuration; `undefined` if it is nothing. */
function describeMissing(
  { issuer, clientId, api }: InitOptions,
  { action }: Setup,
  { base, isolated, profile }: Chosen,
): string | undefined {
  if (action === 'create' && profile !== undefined) {
    const placeholders = profile.placeholders.map(([placeholder]) => placeholder);
    return formatTask('replace', placeholders);
  }
  if (action === 'create') {
    const values = { issuer, clientId, protectedResources: api };
    const names = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [name] : []));
    return formatTask('enter', names);
  }
  return formatTask('enter', [
    ...(base === '/' ? [] : [`base: '${base}'`]),
    ...(isolated === undefined ? [] : [`redirectUri: '${isolated.redirectUri}'`]),
  ]);
}

function formatTask(verb: string, names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : `${verb} ${names.join(', ').replace(/, ([^,]+)$/, ' and $1')}`;
}

function formatNextStep({ configuration, older }: Setup, missing: string | undefined): string {
  const file = older?.workerFile ?? configuration;
  const check = 'Run npx tokenward check in CI, and npx tokenward doctor on what is deployed.';
  return missing === undefined ? check : `Then ${missing} in ${file}. ${check}`;
}

function parseProvider(value: string): Provider {
  const provider = PROVIDERS.find(({ name }) => name === value);
  if (provider !== undefined) return provider;
  throw new InvalidArgumentError(`The providers are ${PROVIDERS.map(({ name }) => name).join(', ')}.`);
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
