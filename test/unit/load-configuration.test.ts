import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { findAppConfiguration } from '../../src/server/node/find-configuration.ts';
import { loadConfiguration } from '../../src/server/node/load-configuration.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenward-configuration-'));
  onTestFinished(() => rm(folder, { recursive: true }));
});

const OPTIONS = `origin: 'https://app.example', issuer: 'https://login.example', clientId: 'spa',
  protectedResources: [{ url: 'https://api.example' }]`;

async function write(text: string, name = 'tokenward.config.mjs'): Promise<void> {
  await writeFile(join(folder, name), text);
}

describe('the file of the one configuration', () => {
  test.each([
    ['an ES module', 'tokenward.config.mjs', `export default { ${OPTIONS} };`],
    ['a CommonJS module', 'tokenward.config.cjs', `module.exports = { ${OPTIONS} };`],
    ['a function that needs no host', 'tokenward.config.mjs', `export default () => ({ ${OPTIONS} });`],
    ['a function that returns a promise', 'tokenward.config.mjs', `export default async () => ({ ${OPTIONS} });`],
  ])('may be %s', async (_, name, text) => {
    await write(text, name);

    const { path, config } = await loadConfiguration(folder);

    expect(path).toBe(findAppConfiguration(folder));
    expect(config).toMatchObject({
      origin: 'https://app.example',
      protectedResources: [{ url: 'https://api.example' }],
    });
  });

  test('is called with the host that is named', async () => {
    await write(`export default ({ host }) => ({ ${OPTIONS}, clientId: host });`);

    await expect(loadConfiguration(folder, 'a.example')).resolves.toMatchObject({ config: { clientId: 'a.example' } });
    await expect(loadConfiguration(folder)).rejects.toThrow(/depends on the host: name it with --host/);
  });

  test.each([
    [
      'nothing for the host',
      'export default ({ host }) => undefined;',
      /no configuration for this host: name another with --host/,
    ],
    ['no default export', `export const config = { ${OPTIONS} };`, /default export must be the result of defineConfig/],
    ['a list', 'export default [];', /default export must be the result of defineConfig/],
    ['no origin', `export default { ${OPTIONS.replace('origin', 'orign')} };`, /"origin" must be a string, such as/],
    ['a number as client', `export default { ${OPTIONS}, clientId: 7 };`, /"clientId" must be a string, such as/],
    ['one resource', `export default { ${OPTIONS}, protectedResources: {} };`, /"protectedResources" must be a list/],
    ['a resource without URL', `export default { ${OPTIONS}, protectedResources: [{}] };`, /"protectedResources" must/],
    ['an error of its own', "throw new Error('No ISSUER.');", /tokenward\.config\.mjs: No ISSUER\./],
  ])('with %s is refused in one sentence that names the file', async (_, text, message) => {
    await write(text);

    const loading = loadConfiguration(folder, 'a.example');

    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow(/^tokenward\.config\.mjs/);
  });

  test('says which command writes it where there is none', async () => {
    await expect(loadConfiguration(folder)).rejects.toThrow(`${folder}: write one with npx tokenward init.`);
  });
});
