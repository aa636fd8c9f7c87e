import { describe, expect, test } from 'vitest';
import { closestName, describeUnknownOption } from '../../src/protocol/unknown-option.ts';

const NAMES = ['issuer', 'clientId', 'scopes', 'scopesFromPage', 'protectedResources', 'redirectUri', 'dpop', 'url'];

describe('an unknown option', () => {
  test.for([
    ['clientID', 'clientId'],
    ['client_id', 'clientId'],
    ['ClientId', 'clientId'],
    ['cleintId', 'clientId'],
    ['protectedResource', 'protectedResources'],
    ['protected', 'protectedResources'],
    ['redirectURL', 'redirectUri'],
    ['redirect-uri', 'redirectUri'],
    ['scope', 'scopes'],
    ['isuer', 'issuer'],
    ['issuerUrl', 'issuer'],
    ['dPoP', 'dpop'],
    ['uri', 'url'],
  ] as const)('is named with its likeliest spelling: %s', ([name, likeliest]) => {
    expect(closestName(name, NAMES)).toBe(likeliest);
  });

  test.for(['audience', 'x', '', 'ab', '42', '__proto__', 'constructor', 'timeout'])(
    'has no likely spelling where none comes close: %s',
    (name) => {
      expect(closestName(name, NAMES)).toBeUndefined();
    },
  );

  test('is described with the place where it stands', () => {
    expect(describeUnknownOption({ url: '/', metods: [] }, ['url', 'methods'], 'protectedResources[0].')).toBe(
      'There is no option "protectedResources[0].metods"; did you mean "methods"?',
    );
  });

  test('is described with all options where none comes close', () => {
    expect(describeUnknownOption({ audience: '' }, ['url', 'methods'])).toBe(
      'There is no option "audience"; there are url, methods.',
    );
  });

  test('is not found if all are known', () => {
    expect(describeUnknownOption({ url: '/' }, ['url', 'methods'])).toBeUndefined();
  });
});
