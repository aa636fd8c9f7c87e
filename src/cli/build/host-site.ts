import type { TokenwardConfig } from '../../configuration/app-configuration.ts';
import { WORKER_FILE } from '../../protocol/default-names.ts';
import type { AppAddresses, AppDeployment } from '../../server/app-deployment.ts';
import type { SecurityHeader } from '../../server/gate-header.ts';

/** Header with its name as people write it. */
export type HeaderEntry = readonly [name: string, value: string];

/** File to write, by its path in the folder of the output. */
export interface HostFile {
  readonly name: string;
  readonly text: string;
  readonly isExecutable?: true;
}

/** Source of everything that the files say. */
export interface AppSource {
  /** The configuration of the app. */
  readonly config: TokenwardConfig;
  /** The app's own built worker script. */
  readonly ownWorkerScript: string | undefined;
}

/** Everything that the files of a host say: the responses of the server that `createTokenward()` makes. */
export interface HostSite extends AppSource {
  readonly addresses: AppAddresses;
  readonly workerScript: HostFile;
  /** Headers of the worker script, without its type and its entity tag. */
  readonly workerHeaders: readonly HeaderEntry[];
  readonly policy: readonly SecurityHeader[];
  /** Modules for pages without a bundler. */
  readonly modules: readonly HostFile[];
  /** Headers of the modules besides the policy. */
  readonly moduleHeaders: readonly HeaderEntry[];
  /** Headers of what is no part of the app, such as a refusal. */
  readonly inertHeaders: readonly HeaderEntry[];
  /** Headers of the documents without script: the inert ones, with the hash of the style. */
  readonly documentHeaders: readonly HeaderEntry[];
  /** Document at the callback; `undefined` if the app's own page is there. */
  readonly callbackDocument: HostFile | undefined;
  readonly endpointDocument: HostFile;
  /** Text of the response at the session's endpoint. */
  readonly session: string;
}

/**
 * Collects what the files of a host say by asking the handler of the app, so that no rule is written a second time.
 *
 * @param deployment the result of `deployApp()`
 * @param source the configuration that it is from
 */
export async function createHostSite(
  { addresses, handler, policy, readWorkerScript }: AppDeployment,
  source: AppSource,
): Promise<HostSite> {
  const { origin, callback, login, session, worker } = addresses;
  const ask = async (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> => {
    const response = await handler(new Request(origin + path, { headers }), policy);
    return response ?? new Response(null, { status: 404 });
  };
  const script = await ask(worker, { 'sec-fetch-dest': 'serviceworker' });
  const callbackResponse = await ask(`${callback}?_`);
  const loginResponse = await ask(login);
  const sessionResponse = await ask(session);
  const moduleResponses = await Promise.all(addresses.modules.map((path) => ask(path)));
  return {
    ...source,
    addresses,
    policy: policy.headers,
    workerScript: {
      name: WORKER_FILE,
      text: await completeScript({ readWorkerScript, policy }, script.headers.get('etag') ?? ''),
    },
    workerHeaders: entriesOf(script),
    modules: await Promise.all(
      moduleResponses.map(async (response, index) => ({
        name: addresses.modules[index]?.split('/').at(-1) ?? '',
        text: await response.text(),
      })),
    ),
    moduleHeaders: entriesOf(moduleResponses[0]).filter(
      ([name]) => !policy.headers.some((header) => header.name === name.toLowerCase()),
    ),
    inertHeaders: entriesOf(sessionResponse),
    documentHeaders: entriesOf(loginResponse),
    callbackDocument: callbackResponse.ok ? { name: 'callback.html', text: await callbackResponse.text() } : undefined,
    endpointDocument: { name: 'endpoint.html', text: await loginResponse.text() },
    session: await sessionResponse.text(),
  };
}

/**
 * Completes the worker script. The policy is for documents that the worker takes from a cache. The entity tag of the release makes
 * the script another one where only its headers have changed: browsers keep the headers as long as the script.
 */
async function completeScript(
  { readWorkerScript, policy }: Pick<AppDeployment, 'readWorkerScript' | 'policy'>,
  release: string,
): Promise<string> {
  const script = await readWorkerScript();
  return `self.__tokenwardPolicy=${JSON.stringify(policy)};${script.trimEnd()}\n// Release ${release}\n`;
}

/** Headers that each server makes itself. */
const OWN_OF_SERVER: readonly string[] = ['content-type', 'etag'];

function entriesOf(response: Response | undefined): readonly HeaderEntry[] {
  return [...(response?.headers ?? [])]
    .filter(([name]) => !OWN_OF_SERVER.includes(name))
    .map(([name, value]) => [titleOf(name), value]);
}

/** Returns the name of a header as people write it, such as `Content-Security-Policy`. */
export function titleOf(name: string): string {
  return name.replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}
