import type { FrontRequest } from '../../support/altering-front.ts';
import { alter, configured, drop, everything, isPreflight, set, status, type PlantedFault } from './plant.ts';

const apiPreflight = (request: FrontRequest): boolean => isPreflight(request);
const apiAnswer = (request: FrontRequest): boolean => !isPreflight(request);

export const API_FAULTS: readonly PlantedFault[] = [
  ['an API without preflights', alter('api', apiPreflight, status(401)), 'fail api-preflight'],
  [
    'an API for another origin',
    alter('api', apiPreflight, set('access-control-allow-origin', 'https://other.example')),
    'fail api-preflight',
  ],
  [
    'an API that does not allow Authorization',
    alter('api', apiPreflight, set('access-control-allow-headers', 'content-type')),
    'fail api-preflight',
  ],
  [
    'an API that allows *, which is not Authorization',
    alter('api', apiPreflight, set('access-control-allow-headers', '*')),
    'fail api-preflight',
  ],
  [
    'an API that does not allow DPoP',
    configured({ dpop: 'required' }, alter('api', apiPreflight, set('access-control-allow-headers', 'authorization'))),
    'fail api-preflight',
  ],
  [
    'an API that does not allow a method',
    (deployment) => {
      const { app, apiUrl } = deployment;
      app.configure({ worker: { protectedResources: [{ url: apiUrl, methods: ['GET', 'DELETE'] }] } });
      alter('api', apiPreflight, set('access-control-allow-methods', 'GET'))(deployment);
    },
    'fail api-preflight',
  ],
  ['preflights that are not kept', alter('api', apiPreflight, drop('access-control-max-age')), 'warn api-max-age'],
  [
    'preflights that are kept for seconds',
    alter('api', apiPreflight, set('access-control-max-age', '5')),
    'warn api-max-age',
  ],
  ['a 401 without a challenge', alter('api', apiAnswer, drop('www-authenticate')), 'fail api-challenge'],
  ['an API that wants no token', alter('api', apiAnswer, status(200)), 'warn api-challenge'],
  [
    'a challenge that is not exposed',
    alter('api', apiAnswer, set('access-control-expose-headers', 'location')),
    'fail api-exposed',
  ],
  [
    'a nonce that is not exposed',
    configured({ dpop: 'required' }, alter('api', apiAnswer, set('access-control-expose-headers', 'WWW-Authenticate'))),
    'fail api-exposed',
  ],
  ['errors without CORS', alter('api', apiAnswer, drop('access-control-allow-origin')), 'fail api-exposed'],
  [
    'an API for everybody, with cookies',
    alter('api', everything, ({ headers }, request) => {
      headers.set('access-control-allow-origin', String(request.headers.origin));
      headers.set('access-control-allow-credentials', 'true');
    }),
    'fail api-strangers',
  ],
  ['an API without a clock', alter('api', apiAnswer, drop('date')), 'warn clock'],
];
