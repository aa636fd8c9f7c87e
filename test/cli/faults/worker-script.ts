import {
  alter,
  directive,
  drop,
  isWorker,
  pageScript,
  refusal,
  script,
  set,
  status,
  type PlantedFault,
} from './plant.ts';

let counter = 0;

export const WORKER_FAULTS: readonly PlantedFault[] = [
  [
    'no worker script',
    alter('app', script, status(404)),
    'warn configuration-read',
    'fail worker-served',
    'warn api-named',
  ],
  ['a worker script that is no script', alter('app', script, set('content-type', 'text/html')), 'fail worker-served'],
  [
    'a worker script that is a static file',
    ({ app }) => app.configure({ workerServing: 'static' }),
    'warn worker-secret',
    'fail worker-nosniff',
    'fail worker-csp',
    'fail worker-connect',
  ],
  [
    'a host that only serves files',
    (deployment) => {
      deployment.app.configure({ workerServing: 'static' });
      alter('app', (request) => pageScript(request) && isWorker(request), status(200))(deployment);
    },
    'warn worker-secret',
    'fail worker-nosniff',
    'fail worker-csp',
    'fail worker-connect',
    'warn other-workers',
    'fail page-worker-src',
    'fail everywhere-not-found',
    'fail everywhere-files',
    'warn everywhere-errors',
  ],
  [
    'one secret for all',
    alter('app', script, (answer) => {
      answer.body = answer.body.replace(/Secret="[^"]*"/, `Secret="${'a'.repeat(43)}"`);
    }),
    'fail worker-secret',
  ],
  [
    'half of a secret that repeats',
    alter('app', script, (answer) => {
      answer.body = answer.body.replace(/Secret="[^"]{24}/, `Secret="${'a'.repeat(24)}`);
    }),
    'fail worker-secret',
  ],
  [
    'a short secret',
    alter('app', script, (answer) => {
      answer.body = answer.body.replace(/Secret="[^"]{20}/, 'Secret="');
    }),
    'fail worker-secret',
  ],
  ['no gate', alter('app', refusal, status(200)), 'fail worker-gate'],
  [
    'a gate that trusts Service-Worker',
    alter('app', (request) => refusal(request) && request.headers['service-worker'] === 'script', status(200)),
    'fail worker-gate',
  ],
  [
    'a gate that lets imports through',
    alter('app', (request) => refusal(request) && request.headers['sec-fetch-mode'] === 'cors', status(200)),
    'fail worker-gate',
  ],
  ['a gate without no-store', alter('app', refusal, set('cache-control', 'max-age=60')), 'fail worker-gate-no-store'],
  ['a gate without Vary', alter('app', refusal, drop('vary')), 'fail worker-gate-vary'],
  [
    'a worker script with a query',
    alter('app', (request) => request.path.startsWith('/tokenward-sw.js?') && isWorker(request), status(200)),
    'fail worker-query',
  ],
  ['no entity tag', alter('app', script, drop('etag')), 'fail worker-etag'],
  [
    'an entity tag that holds the secret',
    alter('app', script, ({ headers }) => void headers.set('etag', `"${(counter += 1)}"`)),
    'fail worker-etag',
  ],
  ['no 304', alter('app', script, status(200)), 'fail worker-not-modified'],
  ['a worker script without Vary', alter('app', script, set('vary', 'Accept-Encoding')), 'fail worker-vary'],
  [
    'a worker script for shared caches',
    alter('app', script, set('cache-control', 'public, max-age=3600')),
    'fail worker-cache-control',
  ],
  [
    'a worker script without a policy',
    alter('app', script, drop('content-security-policy')),
    'fail worker-csp',
    'fail worker-connect',
  ],
  [
    'a worker that may evaluate',
    alter('app', script, directive('script-src', "'self' 'unsafe-eval'")),
    'fail worker-csp',
  ],
  [
    'a worker that may load scripts from anywhere',
    alter('app', script, directive('script-src', 'https:')),
    'fail worker-csp',
  ],
  ['a worker that may connect anywhere', alter('app', script, directive('connect-src', '*')), 'fail worker-connect'],
  [
    'a worker that may not connect to the API',
    alter(
      'app',
      script,
      directive('connect-src', ({ fronts }) => fronts.authorizationServer.origin),
    ),
    'fail worker-connect',
  ],
  [
    'a worker that may connect to more',
    alter(
      'app',
      script,
      directive(
        'connect-src',
        ({ fronts, apiUrl }) =>
          `${fronts.authorizationServer.origin} ${new URL(apiUrl).origin} https://metrics.example`,
      ),
    ),
    'warn worker-connect',
  ],
  ['a scope that is not allowed', alter('app', script, set('service-worker-allowed', '/app/')), 'fail worker-scope'],
  ['a worker script without nosniff', alter('app', script, drop('x-content-type-options')), 'fail worker-nosniff'],
  [
    'another script as a worker',
    alter('app', (request) => pageScript(request) && isWorker(request), status(200)),
    'fail other-workers',
    'fail page-worker-src',
    'fail everywhere-not-found',
    'fail everywhere-files',
    'warn everywhere-errors',
  ],
  ['scripts that no cache tells apart', alter('app', pageScript, drop('vary')), 'fail other-workers-vary'],
  [
    'scripts that vary by something else',
    alter('app', pageScript, set('vary', 'Accept-Encoding, Sec-Fetch-Destination')),
    'fail other-workers-vary',
  ],
  [
    'a cache before the gate that ignores Vary',
    (deployment) => {
      const kept = new Map<string, number>();
      alter('app', pageScript, (answer, { path: asked }) => {
        if (answer.status === 200) kept.set(asked, 200);
        answer.status = kept.get(asked) ?? answer.status;
      })(deployment);
    },
    'fail other-workers',
  ],
  [
    'a gate that stops imports',
    alter('app', (request) => pageScript(request) && request.headers['sec-fetch-mode'] === 'cors', status(403)),
    'fail worker-imports',
  ],
];
