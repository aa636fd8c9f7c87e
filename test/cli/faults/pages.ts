import type { FrontRequest } from '../../support/altering-front.ts';
import { alter, bare, directive, drop, home, pages, path, set, status, type PlantedFault } from './plant.ts';

const isTooLong = (request: FrontRequest): boolean => request.path.length > 10_000;

/** Checks that do not pass for a page without a policy. */
const WITHOUT_POLICY = [
  'warn page-script-src',
  ...['frame-src', 'object-src', 'base-uri', 'form-action', 'worker-src', 'connect-src'].map(
    (name) => `fail page-${name}` as const,
  ),
] as const;

export const PAGE_FAULTS: readonly PlantedFault[] = [
  [
    'a policy that is only reported',
    alter('app', home, ({ headers }) => {
      headers.set('content-security-policy-report-only', headers.get('content-security-policy') ?? '');
      headers.delete('content-security-policy');
    }),
    'fail page-enforced',
    ...WITHOUT_POLICY,
  ],
  ['inline scripts', alter('app', home, directive('script-src', "'self' 'unsafe-inline'")), 'warn page-script-src'],
  ['no frame-src', alter('app', home, directive('frame-src')), 'fail page-frame-src'],
  [
    'frames of the authorization server',
    alter(
      'app',
      home,
      directive('frame-src', ({ fronts }) => fronts.authorizationServer.origin),
    ),
    'fail page-frame-src',
  ],
  ['no object-src', alter('app', home, directive('object-src')), 'fail page-object-src'],
  ['no base-uri', alter('app', home, directive('base-uri')), 'fail page-base-uri'],
  ...[
    ['an own base that the policy blocks', '<base href="/">', "'none'"],
    ['a base of a folder that the policy blocks', "<base data-x href='/app/'>", "'none'"],
    ['a base without quotes that the policy blocks', '<base href=./>', "'none'"],
    ['a foreign base that the policy blocks', '<base href="https://cdn.example/">', "'self'"],
  ].map(([what = '', tag = '', base = '']): PlantedFault => [
    what,
    alter('app', home, (answer, ...rest) => {
      answer.body = tag + answer.body;
      directive('base-uri', base)(answer, ...rest);
    }),
    'fail page-base-uri',
  ]),
  ['no form-action', alter('app', home, directive('form-action')), 'fail page-form-action'],
  [
    'a worker-src for every script of an origin without a gate',
    alter('app', path('/tokenward-doctor.js'), status(404)),
    'fail page-worker-src',
    'fail everywhere-not-found',
    'fail everywhere-files',
    'warn everywhere-errors',
  ],
  ['a worker-src without the worker', alter('app', home, directive('worker-src', "'none'")), 'fail page-worker-src'],
  ['no connect-src', alter('app', home, directive('connect-src')), 'fail page-connect-src'],
  [
    'connections to the authorization server',
    alter(
      'app',
      home,
      directive('connect-src', ({ fronts, apiUrl }) => `'self' ${apiUrl} ${fronts.authorizationServer.origin}`),
    ),
    'fail page-connect-src',
  ],
  [
    'connections to a path of the authorization server',
    alter(
      'app',
      home,
      directive('connect-src', ({ fronts, apiUrl }) => `'self' ${apiUrl} ${fronts.authorizationServer.origin}/users/`),
    ),
    'warn page-connect-src',
  ],
  ['no connections to the API', alter('app', home, directive('connect-src', "'self'")), 'fail page-connect-src'],
  ['pop-ups with an opener', alter('app', home, drop('cross-origin-opener-policy')), 'fail page-opener'],
  ['pages without nosniff', alter('app', home, drop('x-content-type-options')), 'fail page-nosniff'],
  [
    'no headers at all',
    alter('app', pages, bare),
    ...WITHOUT_POLICY,
    'fail page-opener',
    'fail page-nosniff',
    'fail everywhere-not-found',
    'fail everywhere-files',
    'fail everywhere-errors',
  ],
  ['404 without the policy', alter('app', path('/tokenward-doctor-not-there'), bare), 'fail everywhere-not-found'],
  ['files without the policy', alter('app', path('/style.css'), bare), 'fail everywhere-files'],
  [
    'redirects without the policy',
    alter('app', path('/index.html'), (answer, request) => {
      status(301)(answer, request);
      set('location', '/')(answer, request);
      bare(answer, request);
    }),
    'fail everywhere-redirects',
  ],
  ['errors without the policy', alter('app', isTooLong, bare), 'warn everywhere-errors'],
  [
    'errors without the policy, in an app that frames its own pages',
    alter(
      'app',
      (request) => home(request) || isTooLong(request),
      (answer, request, deployment) =>
        (home(request) ? directive('frame-src', "'self'") : bare)(answer, request, deployment),
    ),
    'fail everywhere-errors',
  ],
];
