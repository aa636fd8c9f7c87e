import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildIfNeeded, ROOT } from '../support/build.ts';

/** App that has the package among its modules. */
let app: string;

beforeAll(async () => {
  await buildIfNeeded();
  app = mkdtempSync(join(tmpdir(), 'tokenward-side-effects-'));
  mkdirSync(join(app, 'node_modules'));
  symlinkSync(ROOT, join(app, 'node_modules/tokenward'), 'dir');
});

afterAll(() => rmSync(app, { recursive: true }));

/** Bundlers that drop modules by `sideEffects` of package.json. */
const BUNDLERS: Readonly<Record<string, (entry: string) => Promise<string>>> = {
  esbuild: async (entry) => {
    const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false });
    return outputFiles[0]?.text ?? '';
  },
  rollup: async (entry) => {
    // Rollup reads no CommonJS, which React is.
    const external = ['react'];
    const bundle = await rollup({
      input: entry,
      external,
      plugins: [nodeResolve({ browser: true })],
      onwarn: () => {},
    });
    const { output } = await bundle.generate({ format: 'es' });
    await bundle.close();
    return output[0].code;
  },
};

describe.each(Object.keys(BUNDLERS))('%s', (name) => {
  const bundle = async (code: string): Promise<string> => {
    const entry = join(app, 'main.js');
    writeFileSync(entry, code);
    const text = (await BUNDLERS[name]?.(entry)) ?? '';
    return text.replaceAll(/^\s*\/\/.*$/gm, '').trim();
  };

  test.for<[entry: string, effect: string]>([
    ['tokenward/sw', 'addEventListener("fetch", listener)'],
    ['tokenward/auto', 'startAuto(runningScriptUrl())'],
    ['tokenward/inspector', 'customElements.define('],
  ])('keeps what an import of %s alone does', async ([entry, effect]) => {
    expect(await bundle(`import '${entry}';`)).toContain(effect);
  });

  test.for<[entry: string, imported: string]>([
    ['tokenward', 'connect'],
    ['tokenward/workbox', 'forWorkbox'],
    ['tokenward/testing', 'createTestClient'],
    ['tokenward/react', 'useLogin'],
  ])('leaves nothing of %s where the imported %s is not used', async ([entry, imported]) => {
    expect(await bundle(`import { ${imported} } from '${entry}';`)).toBe('');
  });
});
