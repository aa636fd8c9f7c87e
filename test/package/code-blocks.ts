import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';
import { ROOT } from '../support/build.ts';
import type { CodeBlock } from './markdown.ts';
import { runCompiler } from './tarball.ts';

/** Where a block runs. */
type Realm = 'page' | 'worker' | 'server';

/** What each realm's compiler knows: its library, our entry points, and what an example may take for granted. */
const REALMS: Readonly<Record<Realm, { lib: readonly string[]; types: readonly string[]; ambient: string }>> = {
  page: {
    lib: ['ES2022', 'DOM', 'DOM.Iterable'],
    types: [],
    ambient: `declare const client: import('tokenward').TokenwardClient;`,
  },
  worker: {
    lib: ['ES2022', 'WebWorker', 'WebWorker.Iterable'],
    types: [],
    ambient: `declare const tokenward: import('../../../sw/workbox/standalone/index.ts').StandaloneTokenwardForWorkbox;
interface WorkerGlobalScope {
  __WB_MANIFEST: (import('workbox-precaching').PrecacheEntry | string)[];
}`,
  },
  server: {
    lib: ['ES2023'],
    types: ['node'],
    // An app of any framework; and what is not installed here.
    ambient: `declare const app: {
  (request: unknown, response: unknown): void;
  use(middleware: unknown): void;
  listen(port: number): import('node:http').Server;
};
declare module '@vercel/functions';`,
  },
};

const ENTRY_POINTS = {
  tokenward: ['../../../src/page/index.ts'],
  'tokenward/sw': ['../../../sw/index.ts'],
  'tokenward/workbox': ['../../../sw/workbox/index.ts'],
  'tokenward/config': ['../../../src/configuration/index.ts'],
  'tokenward/server': ['../../../src/server/index.ts'],
  'tokenward/vite': ['../../../src/vite/index.ts'],
  'tokenward/inspector': ['../../../src/inspector/index.ts'],
  'tokenward/testing': ['../../../src/testing/index.ts'],
  'tokenward/testing/server': ['../../../src/testing/server/index.ts'],
  'tokenward/compat/auth0': ['../../../src/compat/auth0/index.ts'],
  'tokenward/react': ['../../../src/react/index.ts'],
};

const CONFIGURATION = `import type { TokenwardConfig } from 'tokenward/config';
declare const config: TokenwardConfig;
export default config;
`;

/** Whether a block is a program that can be compiled. */
export function isProgram({ language }: CodeBlock): boolean {
  return ['js', 'javascript', 'jsx', 'ts', 'typescript', 'tsx'].includes(language);
}

/**
 * Compiles all blocks in one run of the compiler. A block may use what an earlier one of its file and realm declares or
 * imports, as a reader would.
 *
 * @returns a sentence for each mistake, with file and line
 */
export async function compileBlocks(blocks: readonly CodeBlock[]): Promise<readonly string[]> {
  const results = join(ROOT, 'test-results');
  mkdirSync(results, { recursive: true });
  // In the tree, so that packages are found.
  const folder = mkdtempSync(join(results, 'docs-'));
  try {
    const files = writeBlocks(folder, blocks);
    return (await compileProjects(folder)).flatMap((line) => describeMistake(line, files));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Finds blocks for pages that wait at the top level of a module, which the default targets of many bundlers refuse. Workers and
 * servers of their own make may do so.
 *
 * @returns where each stands, with file and line
 */
export function findTopLevelAwait(blocks: readonly CodeBlock[]): readonly string[] {
  return blocks.flatMap((block) => {
    if (realmOf(block) !== 'page' || /^docs\/testing\.md$/.test(block.path)) return [];
    const { program } = parseSync(`block${extensionOf(block)}`, block.code, { sourceType: 'module' });
    return waitsAtTopLevel(program) ? [`${block.path}:${block.line}`] : [];
  });
}

/** Whether a part of a program waits outside of any function. */
function waitsAtTopLevel(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  if ('type' in node) {
    if (/Function/.test(String(node.type))) return false;
    if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && 'await' in node && node.await === true))
      return true;
  }
  return Object.values(node).some(waitsAtTopLevel);
}

/** Writes each block into a file of its own; gives the blocks by those files. */
function writeBlocks(folder: string, blocks: readonly CodeBlock[]): ReadonlyMap<string, CodeBlock> {
  const files = new Map<string, CodeBlock>();
  // The app's own configuration, which a server imports.
  for (const realm of ['server', 'worker']) {
    mkdirSync(join(folder, realm), { recursive: true });
    writeFileSync(join(folder, realm, 'tokenward.config.ts'), CONFIGURATION);
  }
  const earlier: { name: string; realm: Realm; path: string; module: string }[] = [];
  for (const [index, block] of blocks.entries()) {
    const realm = realmOf(block);
    const names = readNames(block);
    const file = `${realm}/block-${index}`;
    const imports = earlier
      .filter(({ name, realm: place, path }) => place === realm && path === block.path && !names.all.includes(name))
      .filter(({ name }) => new RegExp(`\\b${name}\\b`).test(block.code))
      .map(({ name, module }) => [name, `import { ${name} } from '${module}';`] as const);
    // One line with the first line of the block, so that line numbers stay.
    const text = `${[...new Map(imports).values()].join(' ')}${block.code}\nexport { ${names.local.join(', ')} };\n`;
    mkdirSync(join(folder, realm), { recursive: true });
    writeFileSync(join(folder, `${file}${extensionOf(block)}`), text);
    files.set(file, block);
    earlier.push(...names.all.map((name) => ({ name, realm, path: block.path, module: `./block-${index}.js` })));
  }
  return files;
}

function extensionOf({ language }: CodeBlock): string {
  return `${language.startsWith('t') ? '.ts' : '.js'}${language.endsWith('x') ? 'x' : ''}`;
}

function realmOf({ path, code }: CodeBlock): Realm {
  if (/tokenward\.start|tokenward\/sw|importScripts|@worker/.test(code)) return 'worker';
  if (/tokenward\/(testing\/)?(config|server|vite)|'node:/.test(code) || path.startsWith('docs/deployment/'))
    return 'server';
  return 'page';
}

/** The names that a block declares or imports, and those among them that it does not export itself. */
function readNames(block: CodeBlock): { readonly all: readonly string[]; readonly local: readonly string[] } {
  const { program } = parseSync(`block${extensionOf(block)}`, block.code, { sourceType: 'module' });
  const exported: string[] = [];
  const local: string[] = [];
  for (const statement of program.body) {
    if (statement.type === 'ImportDeclaration') {
      local.push(...statement.specifiers.map((specifier) => specifier.local.name));
      continue;
    }
    const names = statement.type === 'ExportNamedDeclaration' ? exported : local;
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type === 'VariableDeclaration') {
      names.push(...declaration.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : [])));
    } else if (declaration?.type === 'FunctionDeclaration' && declaration.id) {
      names.push(declaration.id.name);
    }
  }
  return { all: [...exported, ...local], local };
}

async function compileProjects(folder: string): Promise<readonly string[]> {
  const projects: string[] = [];
  for (const [realm, { lib, types, ambient }] of Object.entries(REALMS)) {
    const project = join(folder, realm);
    mkdirSync(project, { recursive: true });
    writeFileSync(join(project, 'ambient.d.ts'), `${ambient}\n`);
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...OPTIONS, lib, types } }));
    projects.push(project);
  }
  const { output } = await runCompiler(['-b', '--pretty', 'false', ...projects]);
  return output.split('\n');
}

const OPTIONS = {
  target: 'ES2022',
  module: 'ESNext',
  moduleResolution: 'Bundler',
  moduleDetection: 'force',
  allowImportingTsExtensions: true,
  allowJs: true,
  checkJs: true,
  strict: true,
  jsx: 'react-jsx',
  // Examples in JavaScript have no types to give.
  noImplicitAny: false,
  noEmit: true,
  skipLibCheck: true,
  paths: ENTRY_POINTS,
};

/** Turns a line of the compiler into one about the documentation. What is wrong in the sources is not said twice. */
function describeMistake(line: string, files: ReadonlyMap<string, CodeBlock>): readonly string[] {
  const [, file = '', lineNumber, message] =
    /test-results\/docs-\w+\/(\w+\/block-\d+)\.\wsx?\((\d+),\d+\): (.*)/.exec(line) ?? [];
  const block = files.get(file);
  if (block) return [`${block.path}:${block.line + Number(lineNumber) - 1}: ${message}`];
  return line.startsWith('error') || line.startsWith('test-results') ? [line] : [];
}
