import { describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { userInfoResource } from '../../sw/fetch/user-info-resource.ts';
import { routeBeaconsPastWorker, routePastWorker } from '../../sw/fetch/static-routes.ts';

const ORIGIN = 'https://app.example';
const OPTIONS = { issuer: 'https://as.example', clientId: 'spa' };

function patternsOf(options: object): readonly object[] {
  const { condition, source } = routePastWorker(parseConfiguration({ ...OPTIONS, ...options }, ORIGIN), ORIGIN);
  expect(source).toBe('network');
  return condition.not.or.map(({ urlPattern }) => urlPattern);
}

describe('the rule for requests that do not start the worker', () => {
  test('excepts the worker’s endpoints, and what is below the paths of the protected resources', () => {
    const app = { protocol: 'https', hostname: 'app.example', port: '' };

    expect(
      patternsOf({
        protectedResources: [{ url: 'https://api.example/v1' }, { url: 'http://localhost:4002/api' }],
      }),
    ).toEqual([
      { protocol: 'https', hostname: 'api.example', port: '', pathname: '/v1*' },
      { protocol: 'http', hostname: 'localhost', port: '4002', pathname: '/api*' },
      { ...app, pathname: '/auth/login' },
      { ...app, pathname: '/auth/logout' },
      { ...app, pathname: '/auth/callback' },
      { ...app, pathname: '/auth/session' },
    ]);
  });

  test('uses the pattern of a resource unchanged', () => {
    const { endpoints } = parseConfiguration({ ...OPTIONS, protectedResources: [{ url: '/api' }] }, ORIGIN);
    const resource = { ...userInfoResource(new URL('https://api.example')), path: '/:tenant/notes/*' };

    const { or } = routePastWorker({ protectedResources: [resource], endpoints }, ORIGIN).condition.not;

    expect(or[0]?.urlPattern).toMatchObject({ hostname: 'api.example', pathname: '/:tenant/notes/*' });
  });

  test('treats a configured path as itself, not as a pattern', () => {
    const [, login] = patternsOf({ protectedResources: [{ url: 'https://api.example' }], endpointPath: '/a(b)*:c' });

    expect(login).toMatchObject({ pathname: String.raw`/a\(b\)\*\:c/login` });
  });
});

describe('the rule for beacons', () => {
  const parse = (destinations: readonly string[]): ReturnType<typeof parseConfiguration> =>
    parseConfiguration({ ...OPTIONS, protectedResources: [{ url: '/a' }, { url: '/b', destinations }] }, ORIGIN);

  test('sends what script sends in mode no-cors past the worker', () => {
    const condition = { requestMode: 'no-cors', requestDestination: '' };

    expect(routeBeaconsPastWorker(parse([]))).toEqual({ condition, source: 'network' });
    expect(routeBeaconsPastWorker(parse(['image', 'document']))).toEqual({ condition, source: 'network' });
    expect(routeBeaconsPastWorker(parse([]), 'POST')).toEqual({
      condition: { requestMethod: 'POST', ...condition },
      source: 'network',
    });
  });

  test('is not there if one of the resources names beacons', () => {
    expect(routeBeaconsPastWorker(parse(['image', 'beacon']))).toBeUndefined();
  });
});
