import type { TokenwardConfig } from '../../configuration/app-configuration.ts';
import { type AppAddresses, deployApp } from '../../server/app-deployment.ts';
import { createApacheFiles } from './hosts/apache.ts';
import { createCaddyFiles } from './hosts/caddy.ts';
import { createNginxFiles } from './hosts/nginx.ts';
import {
  createCloudflareFiles,
  createFirebaseFiles,
  createNetlifyFiles,
  createVercelFiles,
} from './hosts/platforms.ts';
import type { HostName } from './host-name.ts';
import { createStaticFiles } from './hosts/static.ts';
import { createIsolatedCallback } from './isolated-callback.ts';
import { createHostSite, type HostFile, type HostSite } from './host-site.ts';

/** Kind of a host: what its files need, and what it can do. */
interface Host {
  readonly create: (site: HostSite) => readonly HostFile[];
  /** Whether the host refuses a script by the header of its request. */
  readonly gate: 'present' | 'missing';
  /** Source of the worker script, the documents and the modules: files beside the rules, or the code of the host. */
  readonly serves: 'files' | 'code';
}

const HOSTS: Readonly<Record<HostName, Host>> = {
  nginx: { create: createNginxFiles, gate: 'present', serves: 'files' },
  caddy: { create: createCaddyFiles, gate: 'present', serves: 'files' },
  apache: { create: createApacheFiles, gate: 'present', serves: 'files' },
  netlify: { create: createNetlifyFiles, gate: 'present', serves: 'code' },
  cloudflare: { create: createCloudflareFiles, gate: 'present', serves: 'code' },
  vercel: { create: createVercelFiles, gate: 'present', serves: 'code' },
  firebase: { create: createFirebaseFiles, gate: 'missing', serves: 'code' },
  static: { create: createStaticFiles, gate: 'missing', serves: 'code' },
};

/**
 * Creates the files of a host for one configuration.
 *
 * @param config the configuration of the app
 * @param host the name of the host
 * @param ownWorkerScript the app's own built worker script
 * @throws Error of one sentence that names the option and the fix
 */
export async function createHostFiles(
  config: TokenwardConfig,
  host: HostName,
  ownWorkerScript?: string,
): Promise<readonly HostFile[]> {
  const { create, gate, serves } = HOSTS[host];
  const deployment = deployApp(config, { workerScript: ownWorkerScript, gate });
  requireDeployable(deployment.addresses);
  if (deployment.addresses.relay !== undefined) requireRelay(host);
  const site = await createHostSite(deployment, { config, ownWorkerScript });
  const { callbackDocument, endpointDocument, workerScript, modules } = site;
  const documents = callbackDocument === undefined ? [endpointDocument] : [callbackDocument, endpointDocument];
  return [
    ...create(site),
    ...(serves === 'files' ? [...documents, workerScript, ...modules] : []),
    ...(await createIsolatedCallback(deployment.addresses, host)),
  ];
}

/**
 * Hosts whose code answers with `createTokenward()` and gets the body of a request, so that the relay can read its secret from the
 * environment there. A function of Firebase gets bodies that are parsed already.
 */
const RELAY_HOSTS: readonly HostName[] = ['netlify', 'cloudflare', 'vercel'];

/** Refuses a relay at a host that only serves files: its secret would be in them. */
function requireRelay(host: HostName): void {
  if (RELAY_HOSTS.includes(host)) return;
  throw new Error(
    `"relay" is true, and the files for ${host} have no place for the client secret. ` +
      `Build for ${RELAY_HOSTS.join(', ')}, or run createTokenward() on a server of your own, or remove "relay".`,
  );
}

/**
 * Checks what a server's rules can say: they match paths that are decoded, or by regular expressions, so only characters that every
 * server takes as they are may be in them.
 */
function requireDeployable(addresses: AppAddresses): void {
  const { origin, base, worker, callback, login, otherWorkers } = addresses;
  if (!origin.startsWith('https:')) {
    throw new Error(
      `"origin" is ${origin}, of development: give the app's origin in production, such as https://app.example.`,
    );
  }
  const paths = { base, 'worker.path': worker, endpointPath: login, redirectUri: callback };
  const all = [...Object.entries(paths), ...otherWorkers.map((path) => ['otherWorkers', path] as const)];
  for (const [option, path] of all) {
    if (/^[\w.~/-]+$/.test(path)) continue;
    throw new Error(
      `"${option}" leads to ${path}: for this command, use letters, digits, "-", ".", "_", "~" and "/" only.`,
    );
  }
}
