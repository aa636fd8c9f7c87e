import { nameWorker } from './own-worker.ts';
import { createScriptUrlPolicy, onPolicyViolation } from './platform.ts';
import { TokenwardError } from '../protocol/error.ts';

/** Name of the library's policy of Trusted Types. */
const POLICY_NAME = 'tokenward';

/** Longest wait for the browser's report of a violation, in milliseconds: it comes in a task of its own. */
const REPORT_TIMEOUT_MS = 500;

/** The one policy of this page; no export gives it away. */
let policy: ReturnType<typeof createScriptUrlPolicy>;

/**
 * Returns the worker's URL in a form that a page with `require-trusted-types-for 'script'` registers. The policy admits one URL,
 * the first that this page has configured: whatever script finds it can have no other URL of it.
 *
 * @param url URL of the worker's script
 * @returns the URL itself where there can be no policy: `register()` says whether the page requires one
 */
export function trustedWorkerUrl(url: string): string {
  try {
    policy ??= createScriptUrlPolicy(POLICY_NAME, (given) => {
      if (given === url) return url;
      throw new TypeError('This policy admits the worker of the page alone.');
    });
    return policy?.createScriptURL(url) ?? url;
  } catch {
    return url;
  }
}

/**
 * Watches whether a Content Security Policy of this page stops the registration of the worker.
 *
 * @param scriptUrl URL of the worker's script
 * @param signal signal that ends the watch
 * @returns a function that resolves to the error of a registration that has failed; `undefined` if no policy has stopped it
 */
export function watchWorkerPolicy(scriptUrl: string, signal: AbortSignal): () => Promise<TokenwardError | undefined> {
  const violated = new Promise<TokenwardError>((resolve) => {
    onPolicyViolation(({ effectiveDirective, disposition, blockedURI }) => {
      if (disposition !== 'enforce') return;
      if (effectiveDirective === 'require-trusted-types-for') resolve(untrusted());
      if (effectiveDirective === 'worker-src' && scriptUrl.startsWith(blockedURI)) resolve(forbidden(scriptUrl));
    }, signal);
  });
  return () =>
    Promise.race([
      violated,
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), REPORT_TIMEOUT_MS)),
    ]);
}

function untrusted(): TokenwardError {
  return new TokenwardError(
    'worker_script_blocked',
    "The page requires Trusted Types (require-trusted-types-for 'script'), and its policy does not let the library have its own. " +
      `Add the name ${POLICY_NAME} to its directive trusted-types; if two copies of the library are in the page, 'allow-duplicates' too.`,
  );
}

function forbidden(scriptUrl: string): TokenwardError {
  return new TokenwardError(
    'worker_script_blocked',
    `A Content Security Policy of the page (worker-src) forbids ${nameWorker(scriptUrl)}. ` +
      "Add the worker's URL to its directive worker-src. Without one, child-src, script-src or default-src decides.",
  );
}
