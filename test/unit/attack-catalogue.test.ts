import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Attack, FAMILIES } from '../attacks/attack.ts';
import { createCallbackDocument, createSecurityPolicy } from 'tokenward/server';
import { ATTACKS, familyOf, groupByPage } from '../attacks/catalogue.ts';
import { CALLBACK_PARTS } from '../attacks/callback-parts.ts';
import { needs, needsOfCallback, parsePolicyResults, RESULTS_FILE } from '../attacks/policy-results.ts';
import { POLICY_RULES } from '../attacks/policy-rules.ts';
import { ENGINE_NAMES } from '../support/engines/engine.ts';

const MEASURED = parsePolicyResults(JSON.parse(readFileSync(RESULTS_FILE, 'utf8')));

describe('the catalogue of attacks', () => {
  test('has an id of its own for each, which begins with the letter of its family', () => {
    const ids = ATTACKS.map(({ id }) => id);

    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[A-Z]\d\d$/.test(id))).toEqual([]);
  });

  test('has attacks of every family', () => {
    const families = new Set(ATTACKS.map((attack) => familyOf(attack).name));

    expect([...families].toSorted()).toEqual([...FAMILIES.values()].map(({ name }) => name).toSorted());
  });

  test('joins attacks on one page that follow each other, have the same victims and leave the page as it was', () => {
    const named = (id: string): Attack => {
      const found = ATTACKS.find((attack) => attack.id === id);
      if (!found) throw new Error(`There is no ${id}.`);
      return found;
    };

    const groups = groupByPage(['L01', 'L02', 'W01', 'W02', 'W12', 'W03', 'R01'].map(named));

    expect(groups.map((group) => group.map(({ id }) => id).join(' '))).toEqual([
      'L01 L02',
      'W01 W02',
      'W12',
      'W03',
      'R01',
    ]);
  });

  test('joins no attack with others that ruins a session or runs a script before the app', () => {
    const shared = ATTACKS.filter(({ keepsPage }) => keepsPage === true);

    expect(shared.filter(({ ruins, before, runsAlone }) => (ruins ?? before ?? runsAlone) !== undefined)).toEqual([]);
    expect(groupByPage(ATTACKS).flat()).toEqual(ATTACKS);
    expect(Math.max(...groupByPage(ATTACKS).map((group) => group.length))).toBe(8);
  });

  test('stands in the documentation as it is', () => {
    const text = readFileSync(new URL('../../docs/attacks.md', import.meta.url), 'utf8');

    const rows = text.split('\n').filter((line) => /^\| [A-Z]\d\d \|/.test(line));

    expect(rows).toEqual(ATTACKS.map(documented));
  });

  test('says in the documentation which of them need which part of the policy, as was measured', () => {
    const text = readFileSync(new URL('../../docs/attacks.md', import.meta.url), 'utf8');
    const [, section = ''] = text.split('## What each part of the policy is for');

    const rows = section
      .split('\n## ', 1)[0]
      ?.split('\n')
      .filter((line) => line.startsWith('| `'));

    expect(section).toContain(`Engines: ${MEASURED.engines.join(', ')}.`);
    expect(rows).toEqual(POLICY_RULES.map((rule) => needs(rule, MEASURED)));
  });

  test('says in the documentation which of them each part of the isolated callback was measured against', async () => {
    const text = readFileSync(new URL('../../docs/attacks.md', import.meta.url), 'utf8');
    const [, section = ''] = text.split('## What each part of the isolated callback is for');
    const rows = section.split('\n## ', 1)[0]?.split('\n');
    const { headers } = await createCallbackDocument({
      redirectUri: 'https://signin.app.example/',
      appCallback: 'https://app.example/auth/callback',
    });
    const directives = headers['content-security-policy']?.split('; ').map((directive) => directive.split(' ', 1)[0]);

    expect(rows?.filter((line) => /^\| (?!part \||---)/.test(line))).toEqual(
      CALLBACK_PARTS.map((part) => needsOfCallback(part, MEASURED)),
    );
    const names = CALLBACK_PARTS.map(({ name }) => name.toLowerCase()).join();
    const missing = [...Object.keys(headers), ...(directives ?? [])].filter((name) => !names.includes(`\`${name}\``));
    expect(missing).toEqual(['content-security-policy', 'default-src']);
  });

  test('needs every header of the minimal policy, as was measured', () => {
    const { headers } = createSecurityPolicy({
      origin: 'https://app.example',
      worker: { path: '/tokenward-sw.js' },
      authorizationServers: ['https://login.example'],
      protectedResources: ['https://api.example'],
      redirectUri: 'https://signin.app.example/',
    });

    const needed = MEASURED.found
      .filter(({ callback }) => callback === 'isolated')
      .map(({ rule }) => rule.toLowerCase());

    expect(headers.map(({ name }) => name).filter((name) => !needed.includes(`\`${name}\``))).toEqual([]);
  });

  test('says in the documentation why an attack is not in an engine', () => {
    const text = readFileSync(new URL('../../docs/attacks.md', import.meta.url), 'utf8');

    const rows = text.split('\n').filter((line) => /^\| (chromium|firefox|webkit) \|/.test(line));

    expect(rows).toEqual(lacks());
  });
});

/** The row of an attack in `docs/attacks.md`. */
function documented({ id, title, scenario, naive, tokenward = 'no-headers', notIn }: Attack): string {
  return `| ${id} | ${title.replaceAll('|', '\\|')} | ${scenario} | ${naive} | ${tokenward} | ${whereOf(notIn)} |`;
}

/** The engines that have an attack. */
function whereOf(notIn: Attack['notIn'] = {}): string {
  const engines = ENGINE_NAMES.filter((name) => notIn[name] === undefined);
  return engines.length === ENGINE_NAMES.length ? 'all' : engines.join(', ');
}

/** The rows of what engines lack: the engine, the attacks, what it is. */
function lacks(): readonly string[] {
  return ENGINE_NAMES.flatMap((engine) => {
    const reasons = new Set(ATTACKS.flatMap(({ notIn }) => notIn?.[engine] ?? []));
    return [...reasons].map((reason) => {
      const ids = ATTACKS.filter(({ notIn }) => notIn?.[engine] === reason).map(({ id }) => id);
      return `| ${engine} | ${ids.join(', ')} | ${reason} |`;
    });
  });
}
