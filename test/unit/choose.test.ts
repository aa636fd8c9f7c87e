import { expect, test } from 'vitest';
import { chooseAttacks } from '../attacks/catalogue.ts';
import { choose, chooseEngines } from '../support/choose.ts';

const SERVERS = ['oidc-provider, lax', 'oidc-provider, strict', 'Glewlwyd'] as const;
const namesOf = (name: string): readonly string[] => [name];

test.for([
  ['everything by default', '', SERVERS],
  ['each member that holds the text, in any case', 'OIDC-PROVIDER', SERVERS.slice(0, 2)],
  ['the members of several texts, in the order of the list', 'glewlwyd, strict', SERVERS.slice(1)],
] as const)('an option that names what runs takes %s', ([, only, expected]) => {
  expect(choose(SERVERS, { only, namesOf })).toEqual(expected);
});

test.for(['ldap', 'lax,ldap', 'ldap,strict'])(
  '%s is refused with a list of the names, since one names nothing',
  (only) => {
    expect(() => choose(SERVERS, { only, namesOf })).toThrow(
      '--only ldap names nothing. It takes Glewlwyd; oidc-provider, lax; oidc-provider, strict.',
    );
  },
);

test('attacks are chosen by their families and whole ids, and no other text', () => {
  expect(chooseAttacks('L01,C07').map(({ id }) => id)).toEqual(['L01', 'C07']);
  expect(new Set(chooseAttacks('flow').map(({ id }) => id.slice(0, 1)))).toEqual(new Set(['F']));
  expect(() => chooseAttacks('L01,C0')).toThrow('--only C0 names nothing. It takes A01; ');
});

test('engines are chosen by their names, in one order, or all at once', () => {
  expect(chooseEngines('webkit,firefox')).toEqual(['firefox', 'webkit']);
  expect(chooseEngines('all')).toEqual(['chromium', 'firefox', 'webkit']);
  expect(() => chooseEngines('firefox,safari')).toThrow(
    '--engine safari names nothing. It takes chromium; firefox; webkit.',
  );
});
