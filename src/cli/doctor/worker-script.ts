import type { Deployment } from './deployment.ts';
import { defineCheck, type Finding } from './finding.ts';
import type { Answer, Send } from './probe.ts';
import { BY_BROWSER, examineGate, VARIES } from './worker-gate.ts';
import { judgeWorkerPolicy } from './worker-policy.ts';

const SERVED = defineCheck('worker-served', {
  risk: 'Without its worker the app has no tokens: no user can sign in.',
  fix: 'Serve the worker script with 200 and Content-Type: text/javascript, without a redirect.',
});
const SECRET = defineCheck('worker-secret', {
  risk: 'An attacker who knows the secret derives the key of the vault and reads every token in IndexedDB.',
  fix: 'Put 256 fresh random bits into each response: createTokenwardHandler() of tokenward/server does.',
});
const ETAG = defineCheck('worker-etag', {
  risk: 'Each update check installs another worker with another secret, and a page can count the updates.',
  fix: 'ETag: W/"…" of script and headers, the same for every response of a release, never of the secret.',
});
const NOT_MODIFIED = defineCheck('worker-not-modified', {
  risk: 'Each update check installs another worker with another secret.',
  fix: 'Answer 304 without a body if If-None-Match names the release.',
});
const VARY = defineCheck('worker-vary', {
  risk: 'A cache on the network gives the script, secret included, to a request of a page.',
  fix: 'Vary: Sec-Fetch-Dest',
});
const CACHE_CONTROL = defineCheck('worker-cache-control', {
  risk: 'A shared cache gives many users one secret, or an update of the worker does not arrive.',
  fix: 'Cache-Control: private, no-cache',
});
const SCOPE = defineCheck('worker-scope', {
  risk: 'The browser does not register the worker for its scope, or registers it for more than that.',
  fix: 'Service-Worker-Allowed: the registration scope, only if the script is in a folder below that.',
});
const NOSNIFF = defineCheck('worker-nosniff', {
  risk: 'A browser may guess another type for the script.',
  fix: 'X-Content-Type-Options: nosniff',
});

/** Checks the response with the worker script. */
export async function examineWorkerScript(deployment: Deployment, send: Send): Promise<readonly Finding[]> {
  const { workerUrl } = deployment;
  const script = await send(workerUrl, { headers: BY_BROWSER });
  const type = script.header('content-type') ?? 'no Content-Type';
  const problems = [
    ...(script.status === 200 ? [] : [`${workerUrl} answers ${script.status}`]),
    ...(script.status !== 200 || JAVASCRIPT.test(type) ? [] : [`its type is ${type}`]),
  ];
  const served = SERVED.judge(problems, `200, ${type}`);
  if (problems.length > 0) return [served];
  const head = [judgeSniffing(script), ...judgeWorkerPolicy(deployment, script), judgeScope(deployment, script)];
  // A static file holds no secret, and an update check compares its bytes.
  if (secretOf(script) === undefined) return [served, SECRET.warn(STATIC), ...head];
  const again = await Promise.all([1, 2].map(() => send(workerUrl, { headers: BY_BROWSER })));
  return [
    served,
    judgeSecrets([script, ...again]),
    ...(await examineGate(workerUrl, send)),
    ...(await examineReleases(script, again, send)),
    ...judgeCaching(script),
    ...head,
  ];
}

const STATIC = 'a static file: tokens are in the memory of the worker only, and are lost with it';

const JAVASCRIPT = /^(text|application)\/(x-)?(java|ecma)script\b/i;

/** Returns the secret in a worker script; it never leaves the doctor. */
export function secretOf({ body }: Answer): string | undefined {
  return /^(?:["']use strict["'];)?\s*self\.__tokenwardSecret\s*=\s*["']([^"']*)["']/.exec(body.trimStart())?.[1];
}

function judgeSecrets(scripts: readonly Answer[]): Finding {
  const secrets = scripts.map((script) => secretOf(script) ?? '');
  // 43 characters of base64url, or 64 hexadecimal digits.
  const isShort = secrets.some((secret) => !/^([\w-]{43,}|[\da-f]{64,})$/i.test(secret));
  if (isShort) return SECRET.fail('the secret is shorter than 256 bits');
  const halves = [0, 1].map((half) =>
    secrets.map((secret) => secret.slice((half * secret.length) / 2, ((half + 1) * secret.length) / 2)),
  );
  const isFresh = halves.every((parts) => new Set(parts).size === parts.length);
  return isFresh ? SECRET.pass('another one in each response') : SECRET.fail('several responses hold the same secret');
}

async function examineReleases(script: Answer, again: readonly Answer[], send: Send): Promise<readonly Finding[]> {
  const entityTag = script.header('etag');
  if (entityTag === undefined) return [ETAG.fail('there is none')];
  if (again.some((answer) => answer.header('etag') !== entityTag)) return [ETAG.fail('another one in each response')];
  const check = await send(script.url, { headers: { ...BY_BROWSER, 'if-none-match': entityTag } });
  return [
    ETAG.pass('the same in each response'),
    check.status === 304
      ? NOT_MODIFIED.pass('304 for the entity tag')
      : NOT_MODIFIED.fail(`answers ${check.status} to an If-None-Match that names the release`),
  ];
}

function judgeCaching(script: Answer): readonly Finding[] {
  const caching = script.header('cache-control') ?? 'no Cache-Control';
  const isKept = /\bpublic\b|\bs-maxage\b|\bimmutable\b|\bmax-age=0*[1-9]/i.test(caching);
  const isRight = /\b(no-store|no-cache|max-age=0)\b/i.test(caching) && /\b(private|no-store)\b/i.test(caching);
  const vary = script.header('vary') ?? 'no Vary';
  return [
    VARY.judge(VARIES.test(vary) ? [] : [vary], vary),
    CACHE_CONTROL.judge(isRight && !isKept ? [] : [caching], caching),
  ];
}

function judgeSniffing({ header }: Answer): Finding {
  const sniffing = header('x-content-type-options') ?? 'no X-Content-Type-Options';
  return NOSNIFF.judge(/^nosniff$/i.test(sniffing) ? [] : [sniffing], sniffing);
}

function judgeScope({ workerUrl, configuration }: Deployment, script: Answer): Finding {
  const { registrationScope } = configuration;
  const { pathname } = new URL(workerUrl);
  const folder = pathname.slice(0, pathname.lastIndexOf('/') + 1);
  const allowed = script.header('service-worker-allowed') ?? folder;
  if (!registrationScope.startsWith(allowed)) {
    return SCOPE.fail(
      `${allowed} does not cover the scope ${registrationScope}`,
      `Service-Worker-Allowed: ${registrationScope}`,
    );
  }
  const isWider = allowed !== folder && allowed !== registrationScope;
  return isWider
    ? SCOPE.warn(`Service-Worker-Allowed: ${allowed} is wider than the scope ${registrationScope}`)
    : SCOPE.pass(`${registrationScope}, from ${folder}`);
}
