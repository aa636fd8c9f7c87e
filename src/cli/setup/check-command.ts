import { basename } from 'node:path';
import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import type { TokenwardConfig } from '../../configuration/app-configuration.ts';
import { WORKER_FILE } from '../../protocol/default-names.ts';
import { deployApp } from '../../server/app-deployment.ts';
import { findAppConfiguration } from '../../server/node/find-configuration.ts';
import { loadConfiguration } from '../../server/node/load-configuration.ts';
import { readConfigurationLiteral } from '../doctor/configuration-literal.ts';
import { findDifferences, toOwnConfiguration } from '../doctor/own-configuration.ts';
import { createSend } from '../doctor/probe.ts';
import { BY_BROWSER } from '../doctor/worker-gate.ts';
import { findInstallation } from '../installation.ts';
import { writeJson, type Terminal } from '../terminal.ts';
import { planLibrary } from './older-setup.ts';
import { displayPath, findPlacementOfCopy } from './placement.ts';
import { findProject } from './project.ts';
import { carefully, describe } from './result.ts';

/** Time limit for the request for the deployed worker script, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** Creates the command `check`. */
export function checkCommand(terminal: Terminal): Command<[string | undefined]> {
  return new Command('check')
    .summary('exit with 1 if the configuration is wrong or is not the one that is deployed, for CI')
    .description(
      'Checks tokenward.config.js as the server does, and with --url compares it with the worker script that is deployed. In an ' +
        'older set-up it compares the copy of the library with the installed package. It changes nothing.',
    )
    .argument('[folder]', 'the folder of static files, if the app has an older worker file in it')
    .option('--url <url>', 'where the app is deployed, such as https://app.example', parseOrigin)
    .option('--host <host>', 'the host, for a configuration that depends on it')
    .option('--json', 'print the result as JSON')
    .action((folder, { url, host, json }) =>
      carefully(terminal, async () => {
        const { folder: root } = findProject(terminal.cwd());
        const path = findAppConfiguration(root);
        const result =
          path === undefined
            ? checkCopy(terminal, folder)
            : await checkConfiguration(root, path, { url, host: host ?? (url && new URL(url).host) });
        terminal.exitCode = result.isInStep ? 0 : 1;
        if (json === true) return writeJson(terminal.stdout, result);
        terminal.stdout.write(`${result.message}\n`);
      }),
    );
}

/** Result of a check. */
interface Result {
  readonly isInStep: boolean;
  /** Result in one sentence. */
  readonly message: string;
}

/** Place that a configuration is compared with. */
interface Deployed {
  readonly url: string | undefined;
  readonly host: string | undefined;
}

/** Checks the one configuration, and compares it with what is deployed. */
async function checkConfiguration(root: string, path: string, { url, host }: Deployed): Promise<Result> {
  findInstallation(root);
  const file = basename(path);
  const config = await checked(root, host).catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  );
  if (config instanceof Error) {
    const { message } = config;
    return { isInStep: false, message: message.startsWith(file) ? message : `${file}: ${message}` };
  }
  const { clientId, issuer } = config;
  const valid = `${file} is valid: ${clientId} at ${issuer}`;
  if (url === undefined) return { isInStep: true, message: `${valid}.` };
  const own = toOwnConfiguration(path, config);
  if (own.origin !== url) {
    const message = `${file} is for ${own.origin}, not for ${url}: set the environment that the file reads, such as ORIGIN.`;
    return { isInStep: false, message };
  }
  const workerUrl = new URL(config.worker?.path ?? `${config.base ?? '/'}${WORKER_FILE}`, url).href;
  const answer = await createSend(TIMEOUT_MS)(workerUrl, { headers: BY_BROWSER });
  const members = answer.status === 200 ? readConfigurationLiteral(answer.body) : undefined;
  if (members === undefined) {
    const what = answer.status === 200 ? 'shows no configuration' : `is answered with ${answer.status}`;
    return { isInStep: false, message: `${workerUrl} ${what}: compare it with npx tokenward doctor ${url}.` };
  }
  const differences = findDifferences(members, own);
  if (differences.length === 0) return { isInStep: true, message: `${valid}, and ${url} has it.` };
  return { isInStep: false, message: `${url} has another ${differences.join(', ')} than ${file}: deploy again.` };
}

/** Loads the configuration, and checks it as the server does when it starts. */
async function checked(root: string, host: string | undefined): Promise<TokenwardConfig> {
  const { config } = await loadConfiguration(root, host);
  deployApp(config);
  return config;
}

/** Compares the copy of the library in an older set-up with the installed package. */
function checkCopy(terminal: Terminal, folder: string | undefined): Result {
  const placement = findPlacementOfCopy(terminal.cwd(), folder);
  const change = planLibrary(placement);
  const path = displayPath(placement, change.path);
  const { version } = placement.installation;
  const isInStep = change.action === 'keep';
  const fault = change.action === 'create' ? 'missing' : `not that of tokenward ${version}`;
  const message = isInStep
    ? `${path} is that of tokenward ${version}.`
    : `${path} is ${fault}. Run: npx tokenward init --yes`;
  return { ...describe(placement, [change]), isInStep, message };
}

function parseOrigin(value: string): string {
  if (!URL.canParse(value)) throw new InvalidArgumentError('It must be a URL.');
  return new URL(value).origin;
}
