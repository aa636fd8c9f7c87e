import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { placeOf } from '../links.ts';
import { rewriteLinks } from '../markdown-links.ts';
import { readDocumentation } from '../../test/package/markdown.ts';
import { SIDEBAR } from '../sidebar.ts';
import { slugify } from '../slugify.ts';

const icon = readFileSync(new URL('../../demo/app/icon.svg', import.meta.url), 'utf8');
const sources = readDocumentation().map(({ path }) => path);

export default defineConfig({
  title: 'Tokenward',
  description:
    'OAuth 2.0 for single-page apps: a service worker holds the tokens and adds Authorization to the requests.',
  lang: 'en',
  srcDir: '..',
  srcExclude: ['demo', 'dist', 'src', 'sw', 'test', 'test-results'],
  rewrites: placeOf,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `data:image/svg+xml,${encodeURIComponent(icon)}` }]],
  markdown: {
    anchor: { slugify },
    languageAlias: { caddyfile: 'nginx' },
    config: (markdown) => rewriteLinks(markdown, new Map(sources.map((source) => [placeOf(source), source]))),
  },
  transformPageData({ filePath }) {
    if (filePath !== 'README.md') return undefined;
    return {
      frontmatter: {
        layout: 'home',
        hero: {
          name: 'Tokenward',
          text: 'OAuth 2.0 for single-page apps',
          tagline:
            'A service worker signs users in, keeps the tokens where page script cannot read them, and adds Authorization to your requests.',
          actions: [
            { theme: 'brand', text: 'Quick start', link: '/quick-start' },
            { theme: 'alt', text: 'How it works', link: '/how-it-works' },
            { theme: 'alt', text: 'Threat model', link: '/threat-model' },
          ],
        },
      },
    };
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Quick start', link: '/quick-start' },
      { text: 'Configuration', link: '/configuration' },
      { text: 'API', link: '/reference/api-index' },
      { text: 'Threat model', link: '/threat-model' },
    ],
    sidebar: SIDEBAR,
  },
});
