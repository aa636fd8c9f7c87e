import { nameWorker } from './own-worker.ts';
import { currentUrl } from './platform.ts';
import { isForbidden, platformFailure } from './platform-failure.ts';
import type { ErrorCode } from '../protocol/error-codes.ts';
import { TokenwardError } from '../protocol/error.ts';

/** The worker that could not be registered. */
export interface FailedWorker {
  readonly scope: string;
  readonly scriptUrl: string;
}

/** Answer of the server to a URL. */
interface Served {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly allowedScope: string | null;
}

/** Advice about the server, which makes the worker script of an app with one configuration. */
const PLACE = 'Put createTokenward(config).middleware';

/** Number of the worker's files that are looked at. */
const MAX_FILES = 5;

/**
 * Finds out why a worker could not be registered. A browser says little about it, so the page looks at what the server gives.
 *
 * @param cause what the browser said
 */
export async function diagnoseWorker(cause: unknown, { scope, scriptUrl }: FailedWorker): Promise<TokenwardError> {
  const { origin } = currentUrl();
  const fail = (code: ErrorCode, name: string, what: string): TokenwardError =>
    new TokenwardError(code, `${name} ${what}`, { cause });
  const name = nameWorker(scriptUrl);
  const elsewhere = [scriptUrl, scope].find((url) => new URL(url).origin !== origin);
  if (elsewhere !== undefined) {
    const what = `is not of the page's own origin. Serve the worker from ${origin}, and register it there.`;
    return fail('worker_script_failed', new URL(elsewhere).origin, what);
  }
  const served = await load(scriptUrl);
  if (served?.status === 404)
    return fail(
      'worker_script_not_found',
      name,
      `is not there. ${PLACE} in the server, or put the worker's file there.`,
    );
  if (served && isOther(served))
    return fail(
      'worker_script_not_javascript',
      name,
      `is ${describe(served)}. ${PLACE} before whatever serves pages, or put the worker's file there.`,
    );
  const folder = new URL('.', scriptUrl).pathname;
  if (served?.status === 200 && !new URL(scope).pathname.startsWith(served.allowedScope ?? folder)) {
    const what = `is in ${folder} and may not have the wider scope ${nameWorker(scope)}. Put it into the folder of the scope, or serve it with "Service-Worker-Allowed: ${nameWorker(scope)}".`;
    return fail('worker_script_failed', name, what);
  }
  const imported = served && (await findBrokenImport(served.text, scriptUrl));
  if (imported !== undefined) return fail('worker_script_failed', name, imported);
  if (isForbidden(cause)) return platformFailure(cause);
  const what =
    'could not be installed. Look at its error in the developer tools, at what it imports, and at its scope.';
  return fail('worker_script_failed', name, what);
}

/** Finds a file that the worker's script imports and that cannot be loaded. */
async function findBrokenImport(script: string, scriptUrl: string): Promise<string | undefined> {
  const imports = [...script.matchAll(/importScripts\(([^)]*)\)|\b(?:from|import)\s*(["'][./][^"']+["'])/g)];
  const urls = imports.flatMap(([, list, url]) => [...(list ?? url ?? '').matchAll(/["'`]([^"'`]+)["'`]/g)]);
  for (const [, url = ''] of urls.slice(0, MAX_FILES)) {
    const served = await load(new URL(url, scriptUrl).href);
    const problem = served && (served.status === 404 ? 'not there' : isOther(served) && describe(served));
    if (problem) return `imports ${url}, which is ${problem}. Put the library's file there.`;
  }
  return undefined;
}

async function load(url: string): Promise<Served | undefined> {
  try {
    const response = await fetch(url, { cache: 'no-store' });
    const { status, headers } = response;
    const text = await response.text();
    return {
      status,
      text,
      type: headers.get('content-type') ?? '',
      allowedScope: headers.get('service-worker-allowed'),
    };
  } catch {
    return undefined;
  }
}

/** Whether the server gives something else than JavaScript, as a single-page app's server does for paths that it does not know. */
function isOther({ status, type, text }: Served): boolean {
  return status === 200 && (!/script/i.test(type) || text.trimStart().startsWith('<'));
}

function describe({ type, text }: Served): string {
  return /html/i.test(type) || text.trimStart().startsWith('<')
    ? 'an HTML page, not JavaScript'
    : `not JavaScript: its content type is ${/^[\w/+.-]+/.exec(type)?.[0] ?? 'missing'}`;
}
