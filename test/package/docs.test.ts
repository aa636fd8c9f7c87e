import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../support/build.ts';
import { compileBlocks, findTopLevelAwait, isProgram } from './code-blocks.ts';
import {
  type CodeBlock,
  findAnchors,
  findCodeBlocks,
  findLinks,
  findSection,
  type Link,
  type MarkdownFile,
  readDocumentation,
} from './markdown.ts';
import { type Option, readDeclaredOptions, readDocumentedOptions } from './option-reference.ts';

const files = readDocumentation();
const blocks = files.flatMap((file) => findCodeBlocks(file));
const readme = fileAt('README.md');
const reference = fileAt('docs/configuration.md');

/** Code that is wrong, for each realm, and code that is right only after what stands before it. */
const SAMPLES: readonly CodeBlock[] = [
  `import { connect } from 'tokenward';\nawait connect({ wrong: '/tokenward-sw.js' });`,
  `importScripts('/tokenward-lib.js');\ntokenward.start({ issuer: 'https://as.example' });`,
  `import { createTokenwardHandler } from 'tokenward/server';\ncreateTokenwardHandler({});`,
  `import { createTokenwardHandler } from 'tokenward/server';\nexport const make = createTokenwardHandler;`,
  `import 'node:http';\nmake({});`,
  `import { basename } from 'node:path';\nmake(basename('x')); createTokenwardHandler(elsewhere);`,
  `import { useLogin } from 'tokenward/react';\nexport const Login = () => <button disabled={useLogin().isWrong} />;`,
].map((code, index) => {
  const language = code.includes('/>') ? 'jsx' : 'js';
  return { path: 'sample.md', line: 100 * (index + 1), language, code };
});

describe('the code of the documentation', () => {
  let mistakes: readonly string[] = [];
  beforeAll(async () => {
    mistakes = await compileBlocks([...blocks.filter(isProgram), ...SAMPLES]);
  });

  test('compiles', () => {
    expect(mistakes.filter((mistake) => !mistake.startsWith('sample.md'))).toEqual([]);
  });

  test('does not compile if it is wrong', () => {
    const found = mistakes.filter((mistake) => mistake.startsWith('sample.md')).map((mistake) => mistake.split(' ')[0]);

    expect(found).toHaveLength(7);
    expect([...new Set(found)]).toEqual(
      expect.arrayContaining(['101', '201', '301', '501', '601', '701'].map((line) => `sample.md:${line}:`)),
    );
  });

  test('waits in no page at the top level of a module, which not every bundler takes at its default target', () => {
    const page = (code: string) => ({ path: 'sample.md', line: 1, language: 'js', code });
    const waiting = [
      'await connect();',
      'const { a } = await b;',
      'if (a) { await b; }',
      'for await (const a of b) {}',
    ];
    const others = ['async () => { await a; };', "importScripts('/x.js'); await a;", "import 'node:http'; await a;"];

    expect(findTopLevelAwait(waiting.map(page))).toHaveLength(waiting.length);
    expect(findTopLevelAwait(others.map(page))).toEqual([]);
    expect(findTopLevelAwait(blocks.filter(isProgram))).toEqual([]);
  });

  test('parses where it is JSON', () => {
    for (const { path, line, code } of blocks.filter(({ language }) => language === 'json')) {
      expect(() => JSON.parse(code), `${path}:${line}`).not.toThrow();
    }
  });
});

describe('the README', () => {
  test('integrates with an app in at most 15 lines: worker, page and server', () => {
    const text = findSection(readme, 'In your app');
    const programs = findCodeBlocks({ path: 'README.md', text }).filter(isProgram);

    const lines = programs.flatMap(({ code }) => code.split('\n').filter((line) => line.trim() !== ''));
    expect(programs).toHaveLength(3);
    expect(lines.length).toBeLessThanOrEqual(15);
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  test('has at most 120 lines, so that it is read', () => {
    expect(readme.text.split('\n').length).toBeLessThanOrEqual(121);
  });

  test('says the two commands that do everything', () => {
    expect(readme.text).toMatch(/^npm ci && npm run demo\b/m);
    expect(readme.text).toMatch(/^npm ci && npm test\b/m);
  });
});

describe('links of the documentation', () => {
  test('lead to a file or heading that is there', () => {
    expect(files.flatMap((file) => findLinks(file)).filter((link) => !leadsSomewhere(link))).toEqual([]);
  });

  test.for([
    ['[gone](gone.md)', false],
    ['[gone](configuration.md#gone)', false],
    ['<img src="images/gone.png">', false],
    ['`code` [gone](gone.md) `code`', false],
    ['[there](configuration.md#issuer) and [there](../README.md)', true],
    ['`[code](gone.md)` and `<a href="/gone">`', true],
    ['```md\n[code](gone.md)\n```', true],
  ] as const)('are judged in %j', ([text, isFine]) => {
    expect(findLinks({ path: 'docs/sample.md', text }).every(leadsSomewhere)).toBe(isFine);
  });
});

test('every npm script that the documentation names is there', () => {
  const scripts = Object.keys(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts);
  const named = files.flatMap(({ text }) => [...text.matchAll(/\bnpm (?:run(?: --silent)? ([\w:-]+)|(test)\b)/g)]);

  expect(named.map(([, script, builtIn]) => script ?? builtIn).filter((name) => !scripts.includes(name ?? ''))).toEqual(
    [],
  );
  expect(named.length).toBeGreaterThan(0);
});

describe('the configuration reference', () => {
  test.for([
    ['TokenwardOptions', 'The worker'],
    ['AuthorizationServerOptions', 'The authorization server'],
    ['SessionOptions', 'The limits of a session'],
    ['UserInfoOptions', 'The user'],
    ['AppOptions', 'The app'],
    ['WorkerFileOptions', 'The worker script of the app'],
    ['ProtectedResourceOptions', 'A protected resource'],
    ['ConnectOptions', 'The page'],
    ['AuthorizationOptions', '`login()`'],
    ['AdoptedTokens', '`adopt()`'],
    ['TokenwardHandlerOptions', 'The server'],
    ['WorkerScriptOptions', 'The worker script'],
    ['SecurityPolicyOptions', 'All other responses'],
    ['NodeListenerOptions', 'node:http and Express'],
  ] as const)('has each option of %s with its type and its default, and no other', ([name, title]) => {
    const declared = readDeclaredOptions(name);
    const documented = readDocumentedOptions(reference, `${title}: \`${name}\``);

    expect(documented).not.toEqual([]);
    expect(shapesOf(documented)).toEqual(shapesOf(declared));
    for (const { name: option, standard } of documented) {
      const docstring = declared.find((candidate) => candidate.name === option)?.docstring ?? '';
      expect(docstring.replaceAll('`', ''), `the default of ${option}`).toContain(standard ?? '');
    }
  });
});

/** What both sides say of the options, in one order. */
function shapesOf(options: readonly Option[]): readonly Option[] {
  const shapes = options.map(({ name, type, isRequired }) => ({ name, type, isRequired }));
  return shapes.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function fileAt(path: string): MarkdownFile {
  return files.find((file) => file.path === path) ?? { path, text: '' };
}

/** Where a link of a file leads, from the root. */
function pathOf({ path, target }: Link): string {
  const [relative = ''] = target.split('#');
  return relative === '' ? path : posix.join(posix.dirname(path), relative);
}

function leadsSomewhere(link: Link): boolean {
  if (/^(https|mailto):/.test(link.target)) return true;
  const path = pathOf(link);
  const [, anchor] = link.target.split('#');
  if (anchor === undefined || !path.endsWith('.md')) return existsSync(join(ROOT, path));
  return findAnchors(fileAt(path)).includes(anchor);
}
