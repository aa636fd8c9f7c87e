import { WORKER_FILE } from '../../protocol/default-names.ts';
import { hasMembers } from '../../protocol/json.ts';
import { examineApis } from './api.ts';
import { judgeBase } from './base.ts';
import { examineCallback } from './callback.ts';
import { examineClocks } from './clock.ts';
import { judgeConfiguration } from './configuration.ts';
import { readConfigurationLiteral } from './configuration-literal.ts';
import {
  isIsolated,
  NOT_A_WORKER,
  toConfiguration,
  type ConfigurationOverrides,
  type Deployment,
  type ExaminedConfiguration,
  type Metadata,
} from './deployment.ts';
import { defineCheck, type Finding } from './finding.ts';
import { judgeMetadata } from './metadata.ts';
import { examineIsolatedCallback } from './isolated-callback.ts';
import { examineOtherWorkers } from './other-workers.ts';
import { completeMembers, judgeDeployed, type Members, type OwnConfiguration } from './own-configuration.ts';
import { examinePage } from './page.ts';
import type { Send } from './probe.ts';
import { examineRedirectUri } from './redirect-uri.ts';
import { examineServerCors } from './server-cors.ts';
import { parsePolicies, sourcesOf } from './source-list.ts';
import { BY_BROWSER } from './worker-gate.ts';
import { examineWorkerScript } from './worker-script.ts';

/** Deployment to check, and options that override its configuration. */
export interface ExaminationOptions extends ConfigurationOverrides {
  /** The app's address. */
  readonly url: string;
  /** The worker script's address or path; by default the one that the page's policy names, or `/tokenward-sw.js`. */
  readonly worker?: string | undefined;
  /** Paths of other service workers that the origin is to serve. */
  readonly otherWorker?: readonly string[] | undefined;
  /** Configuration of the app in its own file, to compare the deployment with. */
  readonly own?: OwnConfiguration | undefined;
}

/** Dependencies of `examine()`. */
export interface ExaminationSurroundings {
  readonly send: Send;
  /** Receives a line about the current step. */
  readonly progress: (line: string) => void;
}

/** Findings about one part of a deployment. */
export interface Section {
  readonly title: string;
  readonly findings: readonly Finding[];
}

/** Result of `examine()`. */
export interface Examination {
  readonly url: string;
  readonly worker: string;
  readonly issuer: string | undefined;
  readonly apis: readonly string[];
  readonly sections: readonly Section[];
}

/**
 * Checks a live deployment from outside. It sends no secret and does not run the worker script.
 *
 * @param options the deployment
 * @param surroundings the network, and the receiver of progress lines
 * @throws Error when the app itself cannot be reached
 */
export async function examine(
  options: ExaminationOptions,
  { send, progress }: ExaminationSurroundings,
): Promise<Examination> {
  progress(`reading ${options.url}`);
  const { deployment, members } = await discover(options, send);
  const { configuration, origin } = deployment;
  const { own } = options;
  const parts: readonly (readonly [title: string, look: () => Promise<readonly Finding[]> | readonly Finding[]])[] = [
    [
      'Configuration',
      () => [
        ...judgeConfiguration(configuration),
        judgeBase(deployment),
        ...(own === undefined ? [] : [judgeDeployed(members, own, origin)]),
      ],
    ],
    ['Worker script', () => examineWorkerScript(deployment, send)],
    ['Other workers', () => examineOtherWorkers(deployment, send)],
    ['Redirect URI and endpoints', () => examineCallback(deployment, send)],
    ...(isIsolated(deployment)
      ? ([['Isolated callback', () => examineIsolatedCallback(deployment, send)]] as const)
      : []),
    ['Pages, files and errors', () => examinePage(deployment, send)],
    ...(configuration.issuer === undefined
      ? []
      : ([
          ['Authorization server', () => judgeMetadata(deployment)],
          ['CORS of the authorization server', () => examineServerCors(deployment, send)],
          ['Authorization requests', () => examineRedirectUri(deployment, send)],
        ] as const)),
    ['APIs', () => examineApis(deployment, send)],
    ['Clocks', () => examineClocks(deployment, send)],
  ];
  const sections: Section[] = [];
  for (const [index, [title, look]] of parts.entries()) {
    progress(`${index + 1}/${parts.length} ${title}`);
    sections.push({ title, findings: await lookAt(look) });
  }
  return {
    url: deployment.page,
    worker: deployment.workerUrl,
    issuer: configuration.issuer,
    apis: configuration.resources.map(({ url }) => url),
    sections,
  };
}

const REACHED = defineCheck('reached', {
  risk: 'The doctor could not check a server that does not answer, and users cannot reach it either.',
  fix: 'Make the server reachable from here, or allow it more time: --timeout SECONDS',
});

/** Runs one part of the examination. A server that does not answer is a finding and does not end the examination. */
async function lookAt(look: () => Promise<readonly Finding[]> | readonly Finding[]): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [REACHED.fail(error instanceof Error ? error.message : String(error))];
  }
}

/** Deployment that was found, and the members of its worker script. */
interface Discovery {
  readonly deployment: Deployment;
  readonly members: Members;
}

async function discover(options: ExaminationOptions, send: Send): Promise<Discovery> {
  const document = await send(options.url, { headers: { accept: 'text/html' } });
  const { origin } = new URL(document.url);
  const otherWorkers = (options.otherWorker ?? []).map((path) => new URL(path, origin).pathname);
  const named =
    options.worker ??
    workerOf(document.header('content-security-policy'), { origin, otherWorkers }) ??
    `${options.base ?? '/'}${WORKER_FILE}`;
  const workerUrl = new URL(named, origin).href;
  const script = await send(workerUrl, { headers: BY_BROWSER });
  const members = (script.status === 200 ? readConfigurationLiteral(script.body) : undefined) ?? new Map();
  // The file of another deployment says nothing of this one.
  const own = options.own?.origin === origin ? options.own : undefined;
  const configuration = toConfiguration(completeMembers(members, own), origin, options);
  const { issuer } = configuration;
  const metadata = issuer !== undefined && URL.canParse(issuer) ? await readMetadata(configuration, send) : {};
  const foreign = await send(origin + NOT_A_WORKER, { headers: BY_BROWSER });
  const hasGate = foreign.status === 403;
  const deployment = { page: document.url, origin, workerUrl, otherWorkers, hasGate, configuration, metadata };
  return { deployment, members };
}

/** Returns the only script of the origin, besides the other workers, that the page's policy allows as a worker. */
function workerOf(
  policy: string | undefined,
  { origin, otherWorkers }: Pick<Deployment, 'origin' | 'otherWorkers'>,
): string | undefined {
  const scripts = parsePolicies(policy)
    .flatMap((one) => (one.has('worker-src') ? (sourcesOf(one, 'worker-src') ?? []) : []))
    .filter((source) => source.startsWith(`${origin}/`) && source.endsWith('js'))
    .filter((source) => !otherWorkers.includes(new URL(source).pathname));
  return scripts.length === 1 ? scripts[0] : undefined;
}

async function readMetadata(
  { issuer, metadataUrl, namedMetadata }: ExaminedConfiguration,
  send: Send,
): Promise<Metadata> {
  if (metadataUrl === undefined) return { issuer, ...namedMetadata };
  try {
    const answer = await send(metadataUrl, { headers: { accept: 'application/json' } });
    const metadata: unknown = JSON.parse(answer.body);
    return answer.status === 200 && hasMembers(metadata) ? { ...metadata, ...namedMetadata } : {};
  } catch {
    return {};
  }
}
