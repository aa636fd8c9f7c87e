import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROVIDERS } from '../../src/cli/setup/providers/index.ts';
import { ROOT } from '../support/build.ts';
import { findCodeBlocks } from './markdown.ts';
import { showConfiguration, writeProviderPage } from './provider-page.ts';

const PATH = join(ROOT, 'docs/providers.md');
const page = readFileSync(PATH, 'utf8');

describe('docs/providers.md', () => {
  test('has the configuration of each profile, as init writes it', () => {
    const blocks = findCodeBlocks({ path: 'docs/providers.md', text: page }).map(({ code }) => code);

    expect(blocks).toEqual(PROVIDERS.map(showConfiguration));
  });

  // After a change of a profile: npx vitest run test/package/provider-page.test.ts -u
  test('is written from the profiles, but for its introduction', async () => {
    await expect(writeProviderPage(page)).toMatchFileSnapshot(PATH);
  });

  test('is found to differ if one word of a profile does', () => {
    const changed = page.replace("clientId: 'CLIENT_ID'", "clientId: 'OTHER_ID'");

    expect(changed).not.toBe(page);
    expect(writeProviderPage(changed)).toBe(writeProviderPage(page));
    expect(writeProviderPage(changed)).not.toBe(changed);
  });
});
