import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../support/build.ts';
import { type Backend, complete, startBackend, writeFiles } from '../support/vite-app.ts';

const FRAMEWORKS = join(ROOT, 'demo/frameworks');
let backend: Backend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend.close());

/** Runs a program in a Node of its own, where nothing stands in for a browser; gives what it prints. */
async function runInNode(program: string): Promise<string> {
  const commandLine = ['--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, commandLine, { cwd: ROOT });
  return stdout.trim();
}

/** Builds a program for a server as Vite does, with the library in it, and runs its `render()` there. */
async function renderOnServer(program: string): Promise<string> {
  const root = mkdtempSync(join(backend.folder, 'server-'));
  writeFiles(root, { 'server.jsx': `export { connect } from 'tokenward';\n${program}` });
  const config = complete(backend, { root, configFile: join(FRAMEWORKS, 'vite.config.js') });
  await build({
    ...config,
    ssr: { noExternal: ['tokenward', 'comlink'] },
    build: { ...config.build, ssr: 'server.jsx', rolldownOptions: { output: { entryFileNames: 'server.mjs' } } },
  });
  const { href } = pathToFileURL(join(String(config.build?.outDir), 'server.mjs'));
  return runInNode(`
    const { render, connect } = await import('${href}');
    console.log(typeof connect, typeof window, await render());
  `);
}

describe('on a server', () => {
  test.for(['tokenward', 'tokenward/auto', 'tokenward/compat/auth0', 'tokenward/react'])(
    '%s can be imported',
    async (entry) => {
      const printed = await runInNode(`
      const { length } = Object.keys(await import('${entry}'));
      console.log(length > 0, typeof window);
    `);

      expect(printed).toBe('true undefined');
    },
  );

  test('connect() rejects with an error that is documented', async () => {
    const code = await runInNode(`
      import { connect } from 'tokenward';
      console.log(await connect({ worker: '/tokenward-sw.js' }).catch(({ code }) => code));
    `);

    expect(code).toBe('service_worker_unsupported');
  });

  test.for([
    [
      'React',
      `import { renderToString } from 'react-dom/server';
       import { TokenwardProvider } from 'tokenward/react';
       import { App } from '${FRAMEWORKS}/react/app.jsx';
       export const render = () => renderToString(<TokenwardProvider client={undefined}><App /></TokenwardProvider>);`,
    ],
    [
      'Vue',
      `import { createSSRApp } from 'vue';
       import { renderToString } from 'vue/server-renderer';
       import App from '${FRAMEWORKS}/vue/App.vue';
       export const render = () => renderToString(createSSRApp(App));`,
    ],
    [
      'Svelte',
      `import { render as renderToObject } from 'svelte/server';
       import App from '${FRAMEWORKS}/svelte/App.svelte';
       export const render = () => renderToObject(App, { props: {} }).body;`,
    ],
  ] as const)('%s renders its app, signed out', async ([, program]) => {
    const printed = await renderOnServer(program);

    expect(printed).toMatch(/^function undefined /);
    expect(printed).toContain('<h1>Signed out</h1>');
    expect(printed).toContain('Sign in');
  });
});
