import { describe, expect, test } from 'vitest';
import {
  completeMembers,
  findDifferences,
  judgeDeployed,
  toOwnConfiguration,
} from '../../src/cli/doctor/own-configuration.ts';
import { readConfigurationLiteral } from '../../src/cli/doctor/configuration-literal.ts';

const own = toOwnConfiguration('/app/tokenward.config.ts', {
  origin: 'https://app.example/',
  issuer: 'https://login.example',
  clientId: 'my-app',
  protectedResources: [{ url: '/api' }],
  pages: { connections: ['https://cdn.example'] },
});

const read = (script: string) => readConfigurationLiteral(script) ?? new Map<string, unknown>();

const SAME = `issuer: 'https://login.example', clientId: "my-app", protectedResources: [{ url: '/api' }]`;

describe('the comparison of a worker script with the file of the app', () => {
  test.for<[what: string, script: string, differences: readonly string[]]>([
    ['the same', `tokenward.start({ ${SAME} })`, []],
    ['the same, with what the server alone reads', `startTokenward({ ${SAME}, origin: 'x', pages: {} })`, []],
    ['a base that Vite adds', `tokenward.start({ ${SAME}, base: '/app/' })`, []],
    ['an option that the script computes', `tokenward.start({ ${SAME}, clientId: location.host })`, []],
    [
      'a part that the script computes',
      `tokenward.start({ ${SAME}, protectedResources: [{ url: location.href }] })`,
      [],
    ],
    ['another value', `tokenward.start({ ${SAME}, clientId: 'other' })`, ['clientId']],
    ['one option more', `tokenward.start({ ${SAME}, dpop: 'required' })`, ['dpop']],
    [
      'one option fewer',
      `tokenward.start({ issuer: 'https://login.example', clientId: 'my-app' })`,
      ['protectedResources'],
    ],
    [
      'another resource',
      `tokenward.start({ ${SAME}, protectedResources: [{ url: '/api/' }] })`,
      ['protectedResources'],
    ],
  ])('finds %s', ([, script, differences]) => {
    expect(findDifferences(read(script), own)).toEqual(differences);
  });

  test('fills in what the script computes, and nothing else', () => {
    const members = completeMembers(read(`startTokenward({ issuer: 'https://other.example', clientId: id })`), own);

    expect(Object.fromEntries(members)).toEqual({
      issuer: 'https://other.example',
      clientId: 'my-app',
      protectedResources: [{ url: '/api' }],
    });
    expect(completeMembers(new Map([['clientId', undefined]]), undefined)).toEqual(new Map([['clientId', undefined]]));
  });

  test('does not say that a script which shows nothing is right', () => {
    expect(judgeDeployed(new Map(), own, 'https://app.example')).toMatchObject({ verdict: 'warn' });
  });
});
