import { endpointOf, isIsolated, NOT_A_WORKER, serverOriginsOf, type Deployment } from './deployment.ts';
import { defineCheck, type Check, type Finding } from './finding.ts';
import { isLoopback } from '../../configuration/loopback.ts';
import type { Answer } from './probe.ts';
import { allows, allowsRedirected, ELSEWHERE, limits, parsePolicies, sourcesOf, type Policy } from './source-list.ts';

/** Rule for every response of the origin. `problems` returns the violations in a few words. */
interface Rule {
  readonly check: Check;
  readonly holds: string;
  readonly problems: (view: View) => readonly string[];
  /** Returns functions of the page that the policy blocks. A response that is no page, such as an error, may block them. */
  readonly hindrances?: (view: View) => readonly string[];
  /** Returns guarantees that depend on a condition which the doctor cannot see. */
  readonly doubts?: (view: View) => readonly string[];
}

/** Response with its parsed policies. */
interface View {
  readonly deployment: Deployment;
  readonly answer: Answer;
  readonly policies: readonly Policy[];
  /** Whether the policies let a document reach a URL by a directive. */
  readonly reaches: (directive: string, url: string) => boolean;
}

const FRAME_SRC: Rule = {
  check: defineCheck('page-frame-src', {
    risk: 'Script in the page runs an authorization flow of its own in a frame, or learns its code from a policy violation.',
    fix: "Content-Security-Policy: frame-src 'none'",
  }),
  holds: 'no frame of the authorization server',
  problems: ({ deployment, reaches, policies }) => [
    ...(limits(policies, 'frame-src') ? [] : ['frame-src is missing']),
    ...[ELSEWHERE, ...serverOriginsOf(deployment)]
      .filter((url) => reaches('frame-src', url))
      .slice(0, 1)
      .map((url) => (url === ELSEWHERE ? 'frame-src allows any server' : `frame-src allows ${url}`)),
  ],
};

const OBJECT_SRC: Rule = {
  check: defineCheck('page-object-src', {
    risk: 'An <object> or <embed> loads an authorization flow that no worker sees.',
    fix: "Content-Security-Policy: object-src 'none'",
  }),
  holds: "'none'",
  problems: ({ deployment, reaches }) =>
    [ELSEWHERE, deployment.page].some((url) => reaches('object-src', url)) ? ["object-src is not 'none'"] : [],
};

const BASE_URI: Rule = {
  check: defineCheck('page-base-uri', {
    risk: 'A planted <base> turns the relative addresses of the page, sign-in included, to another server.',
    fix: "Content-Security-Policy: base-uri 'self'",
  }),
  holds: 'no foreign base',
  problems: ({ reaches }) => (reaches('base-uri', ELSEWHERE) ? ['base-uri is missing, or too wide'] : []),
  hindrances: ({ answer, reaches }) =>
    basesOf(answer)
      .filter((url) => !reaches('base-uri', url))
      .map((url) => `the page has <base href> of ${url}, which base-uri blocks: relative URLs of deep links break`),
};

/** Lists the URLs that the `<base>` elements of a page name. */
function basesOf({ url, body }: Answer): readonly string[] {
  const hrefs = [...body.matchAll(/<base\b[^>]*?\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi)];
  return hrefs.flatMap(([, double, single, bare]) => {
    const href = double ?? single ?? bare ?? '';
    return URL.canParse(href, url) ? [new URL(href, url).href] : [];
  });
}

const FORM_ACTION: Rule = {
  check: defineCheck('page-form-action', {
    risk: 'A planted form sends what users enter to another server, or starts an authorization flow.',
    fix: "Content-Security-Policy: form-action 'self'",
  }),
  holds: 'the origin only',
  problems: ({ deployment, reaches }) =>
    [ELSEWHERE, ...serverOriginsOf(deployment)].some((url) => reaches('form-action', url))
      ? ['form-action is missing, or too wide']
      : [],
};

const WORKER_SRC: Rule = {
  check: defineCheck('page-worker-src', {
    risk: 'Script in the page registers a worker of its own, which takes authorization responses.',
    fix:
      "Content-Security-Policy: worker-src 'self' behind a server that refuses other service workers; otherwise worker-src with " +
      'the address of the worker script, and no other script of the origin',
  }),
  holds: 'the worker, and scripts that the server refuses as service workers',
  problems: ({ deployment: { origin, hasGate }, reaches }) => [
    ...(reaches('worker-src', ELSEWHERE) ? ['worker-src is missing, or allows any server'] : []),
    ...(!hasGate && reaches('worker-src', `${origin}${NOT_A_WORKER}`)
      ? ['worker-src allows other scripts of the origin, which the server does not refuse']
      : []),
  ],
  hindrances: ({ deployment: { origin, workerUrl, otherWorkers }, reaches }) =>
    [workerUrl, ...otherWorkers.map((path) => origin + path)]
      .filter((url) => !reaches('worker-src', url))
      .map((url) => `worker-src does not let ${new URL(url).pathname} in`),
};

const CONNECT_SRC: Rule = {
  check: defineCheck('page-connect-src', {
    risk: 'Script in the page exchanges the code of its own flow, or sends what it has read to a server of its own.',
    fix: "Content-Security-Policy: connect-src 'self' and the APIs, without the authorization server",
  }),
  holds: 'the APIs, and not the authorization server',
  problems: ({ deployment: { configuration, metadata }, reaches }) => {
    const token = endpointOf(metadata, 'token_endpoint') ?? configuration.issuer;
    return [
      ...(reaches('connect-src', ELSEWHERE) ? ['connect-src is missing, or allows any server'] : []),
      ...(token !== undefined && URL.canParse(token) && reaches('connect-src', token)
        ? ['connect-src allows the token endpoint']
        : []),
    ];
  },
  hindrances: ({ deployment: { configuration }, reaches }) =>
    configuration.resources
      .filter(({ url }) => !reaches('connect-src', url))
      .map(({ url }) => `connect-src does not let ${url} in`),
  doubts: ({ deployment, policies }) =>
    serverOriginsOf(deployment)
      .filter((url) => allowsRedirected(policies, 'connect-src', { url, self: deployment.origin }))
      .map((url) => `connect-src allows a path of ${url}, and after a redirect (307, 308) every path of it`),
};

const OPENER: Rule = {
  check: defineCheck('page-opener', {
    risk: 'Script in the page opens an authorization flow in a pop-up and reads its final URL.',
    fix: 'Cross-Origin-Opener-Policy: same-origin',
  }),
  holds: 'same-origin',
  problems: ({ answer }) =>
    /^same-origin\s*(;|$)/i.test(answer.header('cross-origin-opener-policy') ?? '')
      ? []
      : [`Cross-Origin-Opener-Policy is ${answer.header('cross-origin-opener-policy') ?? 'missing'}`],
};

const NOSNIFF: Rule = {
  check: defineCheck('page-nosniff', {
    risk: 'An upload of a user, served as text, runs as a script or a worker of the origin.',
    fix: 'X-Content-Type-Options: nosniff',
  }),
  holds: 'nosniff',
  problems: ({ answer }) =>
    /^nosniff$/i.test(answer.header('x-content-type-options') ?? '') ? [] : ['X-Content-Type-Options is missing'],
};

/** Rules with a callback on the app's own origin. */
const STRICT_RULES: readonly Rule[] = [
  FRAME_SRC,
  OBJECT_SRC,
  BASE_URI,
  FORM_ACTION,
  WORKER_SRC,
  CONNECT_SRC,
  OPENER,
  NOSNIFF,
];

/** Rules with an isolated callback: what the app itself forbids must leave room for the worker, the APIs and its `<base>`. */
const MINIMAL_RULES: readonly Rule[] = [
  { ...BASE_URI, problems: () => [], holds: 'the app decides: the callback is isolated' },
  { ...WORKER_SRC, problems: () => [], holds: 'the worker is allowed' },
  { ...CONNECT_SRC, problems: () => [], doubts: () => [], holds: 'the APIs are allowed' },
  { ...NOSNIFF, problems: () => [], holds: 'the app decides: the callback is isolated' },
];

/** Returns the rules for every response of the origin. */
export function pageRulesOf(deployment: Deployment): readonly Rule[] {
  return isIsolated(deployment) ? MINIMAL_RULES : STRICT_RULES;
}

/** Returns the violations of a rule by a response that is no page. */
export function problemsOf(rule: Rule, deployment: Deployment, answer: Answer): readonly string[] {
  return rule.problems(viewOf(deployment, answer));
}

function judgeRule({ check, holds, problems, hindrances, doubts }: Rule, view: View): Finding {
  const found = [...problems(view), ...(hindrances?.(view) ?? [])];
  const doubtful = doubts?.(view) ?? [];
  return found.length === 0 && doubtful.length > 0 ? check.warn(doubtful.join('; ')) : check.judge(found, holds);
}

function viewOf(deployment: Deployment, answer: Answer): View {
  const policies = parsePolicies(answer.header('content-security-policy'));
  const reaches: View['reaches'] = (directive, url) => allows(policies, directive, { url, self: deployment.origin });
  return { deployment, answer, policies, reaches };
}

const ENFORCED = defineCheck('page-enforced', {
  risk: 'Browsers only report what the policy would stop: nothing is stopped.',
  fix: 'Content-Security-Policy instead of Content-Security-Policy-Report-Only',
});
const SCRIPT_SRC = defineCheck('page-script-src', {
  risk: 'Markup that an attacker gets into the page runs as script, which can use the session while it runs.',
  fix: "Content-Security-Policy: script-src 'self', with hashes or nonces for inline scripts",
});
const SECURE = defineCheck('page-secure', {
  risk: 'An attacker on the network changes the app, and with it the worker; browsers run no worker there.',
  fix: 'Serve the app over https.',
});
const TRANSPORT = defineCheck('page-transport', {
  risk: 'An attacker on the network can redirect the first visit of a user over http.',
  fix: 'Strict-Transport-Security: max-age=63072000; includeSubDomains',
});

/** Checks the headers of the page itself. */
export function judgePage(deployment: Deployment, page: Answer): readonly Finding[] {
  const enforced = page.header('content-security-policy');
  const onlyReports = enforced === undefined && page.header('content-security-policy-report-only') !== undefined;
  const isLocal = isLoopback(new URL(page.url).hostname);
  const isSecure = isLocal || page.url.startsWith('https:');
  const policies = parsePolicies(enforced);
  const hasScriptSources = limits(policies, 'script-src');
  const unsafe = ["'unsafe-inline'", "'unsafe-eval'"].filter((keyword) =>
    policies.every((policy) => isUnsafe(policy, keyword)),
  );
  const transport = page.header('strict-transport-security');
  return [
    SECURE.judge(isSecure ? [] : ['it is served over http'], isLocal ? 'this machine' : 'https'),
    ...(isLocal || !isSecure
      ? []
      : [
          transport === undefined ? TRANSPORT.warn('there is no Strict-Transport-Security') : TRANSPORT.pass(transport),
        ]),
    ENFORCED.judge(
      onlyReports && !isIsolated(deployment) ? ['the policy is only reported'] : [],
      'the policy is enforced',
    ),
    hasScriptSources && unsafe.length === 0
      ? SCRIPT_SRC.pass('script-src is there')
      : SCRIPT_SRC.warn(hasScriptSources ? `script-src holds ${unsafe.join(' ')}` : 'there is no script-src'),
    ...pageRulesOf(deployment).map((rule) => judgeRule(rule, viewOf(deployment, page))),
  ];
}

function isUnsafe(policy: Policy, keyword: string): boolean {
  const sources = sourcesOf(policy, 'script-src');
  if (sources === undefined) return true;
  // A hash or a nonce switches 'unsafe-inline' off (CSP3, section 6.7.3.2).
  const isOff = keyword === "'unsafe-inline'" && sources.some((source) => /^'(nonce|sha\d+)-/i.test(source));
  return sources.includes(keyword) && !isOff;
}
