import { describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { keyOfTarget } from '../../src/configuration/token-target.ts';
import { addTargets, firstTarget, targetParameters } from '../../sw/oauth/target.ts';

/** No target of a test: its scope is asked for nowhere. */
const NONE = { scopes: ['none'] };
const TWO_APIS = parseConfiguration(
  {
    issuer: 'https://as.example',
    clientId: 'spa',
    protectedResources: [
      { url: 'https://notes.example', resource: 'https://notes.example/', scopes: ['notes:read'] },
      { url: 'https://notes.example:8443', resource: 'https://notes.example/', scopes: ['notes:read'] },
      { url: 'https://reports.example', resource: 'urn:reports', scopes: ['reports:read', 'reports:write'] },
      { url: 'https://first.example', audience: 'first' },
      { url: 'https://second.example', audience: 'second' },
      { url: 'https://plain.example' },
    ],
  },
  'https://app.example',
);
const [notes = NONE, sameNotes = NONE, reports = NONE, , , plain = NONE] = TWO_APIS.protectedResources.map(
  ({ target }) => target,
);

describe('an authorization request for several APIs', () => {
  test('names each resource once, and no audience but that of the first: its token comes with the sign-in', () => {
    const parameters = new URLSearchParams();

    addTargets(parameters, TWO_APIS);

    expect([...parameters]).toEqual([
      ['resource', 'https://notes.example/'],
      ['resource', 'urn:reports'],
    ]);
  });

  test.for([
    [{ url: 'https://first.example', audience: 'first' }, 'first'],
    [{ url: 'https://plain.example' }, null],
  ] as const)('names the audience that the token of the sign-in is sent to: %o', ([first, audience]) => {
    const second = { url: 'https://second.example', audience: 'second' };
    const parameters = new URLSearchParams();

    addTargets(
      parameters,
      parseConfiguration(
        { issuer: 'https://as.example', clientId: 'spa', protectedResources: [first, second] },
        'https://app.example',
      ),
    );

    expect(parameters.get('audience')).toBe(audience);
  });

  test('asks for the scopes of all of them', () => {
    expect(TWO_APIS.scopes).toEqual(['openid', 'offline_access', 'notes:read', 'reports:read', 'reports:write']);
  });

  test('has no such parameter if the configuration names none', () => {
    const parameters = new URLSearchParams();
    const url = 'https://plain.example';

    addTargets(
      parameters,
      parseConfiguration({ issuer: 'https://as.example', clientId: 'spa', protectedResources: [{ url }] }, url),
    );

    expect(parameters.size).toBe(0);
  });
});

describe('a token request', () => {
  test('of a sign-in is for the first resource', () => {
    expect(firstTarget(TWO_APIS)).toBe(notes);
  });

  test('is the same for two URLs of one API', () => {
    expect(keyOfTarget(sameNotes)).toBe(keyOfTarget(notes));
    expect(keyOfTarget(notes)).not.toBe(keyOfTarget(reports));
  });

  test('names the resource and the scopes of one API', () => {
    expect([...targetParameters(reports, TWO_APIS.scopes, TWO_APIS)]).toEqual([
      ['resource', 'urn:reports'],
      ['scope', 'reports:read reports:write'],
    ]);
  });

  test('names no scope that the sign-in did not request, and none if it requested none of them', () => {
    expect(targetParameters(reports, ['openid', 'reports:write'], TWO_APIS).get('scope')).toBe('reports:write');
    expect([...targetParameters(reports, ['openid'], TWO_APIS)]).toEqual([['resource', 'urn:reports']]);
  });

  test('requests only openid if only scopes distinguish the APIs and the sign-in requested none of one', () => {
    expect([...targetParameters({ scopes: ['reports:read'] }, ['openid', 'notes:write'], TWO_APIS)]).toEqual([
      ['scope', 'openid'],
    ]);
  });

  test('has no parameter if the configuration names none', () => {
    expect([...targetParameters(plain, TWO_APIS.scopes, TWO_APIS)]).toEqual([]);
  });
});
