import type { DefaultTheme } from 'vitepress';
import { ENTRIES } from '../pack/entries.ts';

type Item = DefaultTheme.SidebarItem;

const page = (text: string, link: string): Item => ({ text, link });

/** Groups of pages beside each page. */
export const SIDEBAR: Item[] = [
  {
    text: 'Start',
    items: [
      page('Quick start', '/quick-start'),
      page('One configuration', '/one-configuration'),
      page('Providers', '/providers'),
      page('Recipes', '/recipes'),
      page('Questions', '/faq'),
      page('Migration', '/migration'),
    ],
  },
  {
    text: 'Use',
    items: [
      page('Configuration', '/configuration'),
      page('Frameworks', '/frameworks'),
      page('Vite', '/vite'),
      page('Offline and Workbox', '/pwa'),
      page('Kinds of requests', '/request-kinds'),
      page('Errors', '/errors'),
      page('Inspector', '/inspector'),
      page('Testing', '/testing'),
    ],
  },
  {
    text: 'Deploy',
    items: [
      page('Deployment', '/deployment/'),
      page('nginx', '/deployment/nginx'),
      page('Caddy', '/deployment/caddy'),
      page('Apache', '/deployment/apache'),
      page('Platforms', '/deployment/platforms'),
      page('Command line', '/cli'),
      page('Tripwires', '/tripwires'),
    ],
  },
  {
    text: 'Understand',
    items: [
      page('How it works', '/how-it-works'),
      page('Performance', '/performance'),
      page('Threat model', '/threat-model'),
      page('Attacks', '/attacks'),
      page('Conformance', '/rfc10017'),
      page('Promises', '/reference/promises'),
      page('Decisions', '/decisions/'),
    ],
  },
  {
    text: 'API reference',
    collapsed: true,
    items: ENTRIES.map(({ path }) =>
      page(path === '' ? 'tokenward' : `tokenward/${path}`, `/reference/api-${path.replaceAll('/', '-') || 'index'}`),
    ),
  },
  {
    text: 'Take part',
    collapsed: true,
    items: [
      page('Contributing', '/contributing'),
      page('Manuals for maintainers', '/maintainers/'),
      page('Security', '/security'),
      page('Changelog', '/changelog'),
      page('Files', '/reference/files'),
    ],
  },
];
