import { serverOriginsOf, type Deployment } from './deployment.ts';
import { defineCheck, type Finding } from './finding.ts';
import type { Answer } from './probe.ts';
import { allows, ELSEWHERE, parsePolicies, sourcesOf, type Policy } from './source-list.ts';

const CSP = defineCheck('worker-csp', {
  risk: 'Code that gets into the worker evaluates other code, or loads it from elsewhere, beside the tokens.',
  fix: "Content-Security-Policy: default-src 'none'; script-src 'self'; connect-src …",
});
const CONNECT = defineCheck('worker-connect', {
  risk: 'Code that gets into the worker sends the tokens to every server that the policy allows.',
  fix: 'connect-src: the origins of authorization server and APIs, no others.',
});

/** Checks the policy that the browser stores with the worker script, for every start of the worker. */
export function judgeWorkerPolicy(deployment: Deployment, script: Answer): readonly Finding[] {
  const { origin, configuration } = deployment;
  const policies = parsePolicies(script.header('content-security-policy'));
  const servers = serverOriginsOf(deployment);
  const resources = configuration.resources.map(({ url }) => new URL(url).origin);
  const needed = [...new Set([...servers, ...resources, ...(configuration.relay === undefined ? [] : [origin])])];
  const fix = `Content-Security-Policy: default-src 'none'; script-src 'self'; connect-src ${needed
    .map((url) => (url === origin ? "'self'" : url))
    .join(' ')}`;
  if (policies.length === 0) return [CSP.fail('there is none', fix), CONNECT.fail('there is none', fix)];

  const evaluated = ["'unsafe-eval'", "'unsafe-inline'", "'wasm-unsafe-eval'"].filter((keyword) =>
    policies.every((policy) => sourcesOf(policy, 'script-src')?.includes(keyword) ?? true),
  );
  const foreign = allows(policies, 'script-src', { url: ELSEWHERE, self: origin }) ? ['scripts of any server'] : [];
  const optionFor = (url: string): string => (servers.includes(url) ? 'authorizationServers' : 'protectedResources');
  const reach = (url: string): boolean => allows(policies, 'connect-src', { url, self: origin });
  const wide = [ELSEWHERE, 'http://tokenward-doctor.invalid/'].some(reach) ? ['any server'] : [];
  const missed = needed.filter((url) => !reach(`${url}/`));
  const more = extraSources(policies[0], { needed, origin });
  return [
    CSP.judge(
      [...foreign, ...evaluated].map((what) => `allows ${what}`),
      'no evaluation, scripts of the origin only',
      fix,
    ),
    wide.length === 0 && missed.length === 0 && more.length > 0
      ? CONNECT.warn(`reaches more than the configuration names: ${more.join(' ')}`, fix)
      : CONNECT.judge(
          [
            ...wide.map((what) => `reaches ${what}`),
            ...missed.map((url) => `does not reach ${url}, which it needs: ${optionFor(url)} of tokenward/server`),
          ],
          needed.join(' '),
          fix,
        ),
  ];
}

function extraSources(
  policy: Policy | undefined,
  { needed, origin }: { readonly needed: readonly string[]; readonly origin: string },
): readonly string[] {
  const sources = policy === undefined ? [] : (sourcesOf(policy, 'connect-src') ?? []);
  return sources.filter((source) => {
    if (source === "'none'") return false;
    if (source === "'self'") return !needed.includes(origin);
    return !needed.some((url) => url === source || source.startsWith(`${url}/`));
  });
}
