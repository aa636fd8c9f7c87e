import { describe, expect, test } from 'vitest';
import { chooseApps } from '../apps/app-under-test.ts';
import { APPS, TYPESCRIPT_PROJECTS } from '../apps/catalogue.ts';
import { runInLanes } from '../apps/lanes.ts';
import { countMarkedLines, fingerprint, readManifest, replaceAll } from '../apps/template.ts';

describe('the choice of apps', () => {
  const all = [{ name: 'plain', isInCi: true }, { name: 'vite-5-react' }, { name: 'vite-5-vue' }] as const;

  test.for([
    ['all by default', { only: '', part: 'all' }, ['plain', 'vite-5-react', 'vite-5-vue']],
    ['the part of CI', { only: '', part: 'ci' }, ['plain']],
    ['names, whatever the part', { only: 'vue,plain', part: 'ci' }, ['plain', 'vite-5-vue']],
    ['each name that holds the word', { only: 'vite-5', part: 'all' }, ['vite-5-react', 'vite-5-vue']],
  ] as const)('holds %s', ([, choice, names]) => {
    expect(chooseApps(all, choice).map(({ name }) => name)).toEqual(names);
  });

  test.for([
    ['a name that fits none', { only: 'plain,ember', part: 'all' }, '--only ember'],
    ['an unknown part', { only: '', part: 'half' }, '--part half'],
  ] as const)('refuses %s', ([, choice, message]) => {
    expect(() => chooseApps(all, choice)).toThrow(message);
  });
});

describe('the lines that a user changes', () => {
  test('are those between the marks, without blank ones, in any comment syntax', () => {
    const text = [
      'before();',
      '// tokenward:begin',
      'one();',
      '',
      'two();',
      '// tokenward:end',
      'between();',
      '<!-- tokenward:begin -->',
      '<p>three</p>',
      '<!-- tokenward:end -->',
    ].join('\n');

    expect(countMarkedLines(text)).toBe(3);
  });

  test('have an end', () => {
    expect(() => countMarkedLines('// tokenward:begin\none();')).toThrow('without tokenward:end');
  });
});

test('a longer address is replaced before one that it begins with', () => {
  const replacements = new Map([
    ['https://api.example', 'http://localhost:1'],
    ['https://api.example/v1', 'http://localhost:2/api'],
  ]);

  expect(replaceAll("'https://api.example/v1/notes', 'https://api.example'", replacements)).toBe(
    "'http://localhost:2/api/notes', 'http://localhost:1'",
  );
});

test('fingerprints differ where the same text is divided otherwise', () => {
  expect(fingerprint('ab', 'c')).not.toBe(fingerprint('a', 'bc'));
  expect(fingerprint('ab', 'c')).toBe(fingerprint('ab', 'c'));
});

test('lanes do each item once, and no more of them side by side than there are lanes', async () => {
  const done: number[] = [];
  let running = 0;
  let most = 0;

  await runInLanes(2, [1, 2, 3, 4, 5], async (item) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    done.push(item);
  });

  expect(done.toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

test.for([...APPS, ...TYPESCRIPT_PROJECTS])('$name has a template with a package.json of its own name', async (app) => {
  const parts = 'parts' in app ? (app.parts ?? []) : [];
  const manifest: unknown = JSON.parse(await readManifest([...parts, app.name]));

  expect(manifest).toMatchObject({ name: app.name, private: true });
});
