import type { FrontRequest, FrontRule } from '../../support/altering-front.ts';
import { alter, callback, directive, drop, path, set, status, type PlantedFault } from './plant.ts';

/** The redirect URI, with whatever a server has sent there. */
const asked = (request: FrontRequest): boolean => callback(request) && !request.path.endsWith('?_');
/** The document at once, without a redirect to an address of its own. */
const stay: FrontRule = (answer) => {
  answer.status = 200;
  answer.headers.delete('location');
};

export const CALLBACK_FAULTS: readonly PlantedFault[] = [
  ['no document at the redirect URI', alter('app', callback, status(404)), 'fail callback-served'],
  [
    'the app at the redirect URI',
    ({ app }) => app.configure({ callback: 'app' }),
    'fail callback-address',
    'fail callback-sandbox',
    'fail callback-framing',
    'fail callback-scripts',
    'fail callback-no-store',
    'fail callback-referrer',
  ],
  ['a code that stays in the address', alter('app', callback, stay), 'fail callback-address'],
  [
    'a code that stays in the fragment',
    alter('app', asked, set('location', '/auth/callback?_')),
    'fail callback-address',
  ],
  ['no sandbox', alter('app', callback, directive('sandbox')), 'fail callback-sandbox'],
  ['a sandbox with scripts', alter('app', callback, directive('sandbox', 'allow-scripts')), 'fail callback-sandbox'],
  [
    'X-Frame-Options beside the sandbox',
    alter('app', callback, set('x-frame-options', 'DENY')),
    'fail callback-framing',
  ],
  [
    'frame-ancestors beside the sandbox',
    alter(
      'app',
      callback,
      ({ headers }) =>
        void headers.set(
          'content-security-policy',
          `${String(headers.get('content-security-policy'))}; frame-ancestors 'none'`,
        ),
    ),
    'fail callback-framing',
  ],
  [
    'script at the redirect URI',
    alter('app', callback, (answer) => {
      answer.body += '<script src="/main.js"></script>';
    }),
    'fail callback-scripts',
  ],
  [
    'a redirect URI that repeats its query',
    alter('app', callback, (answer, request) => {
      stay(answer, request);
      answer.body += request.path;
    }),
    'fail callback-address',
    'fail callback-scripts',
  ],
  ['a redirect URI that is stored', alter('app', callback, set('cache-control', 'no-cache')), 'fail callback-no-store'],
  ['a redirect URI that is a referrer', alter('app', callback, drop('referrer-policy')), 'fail callback-referrer'],
  [
    'a redirect URI with an opener',
    alter('app', callback, set('cross-origin-opener-policy', 'same-origin-allow-popups')),
    'fail callback-opener',
  ],
  ['a redirect URI without nosniff', alter('app', callback, drop('x-content-type-options')), 'fail callback-nosniff'],
  ['a page at the sign-in address', alter('app', path('/auth/login'), status(200)), 'fail worker-endpoints'],
];
