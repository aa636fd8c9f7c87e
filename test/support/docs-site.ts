import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import type { Page } from 'playwright';
import { listen, type Listener } from '../servers/listener.ts';
import { ROOT, runScript } from './build.ts';

/** Folder of the built documentation. */
const SITE = join(ROOT, 'site/.vitepress/dist');
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

/** Documentation as a site, on this machine. */
export interface DocsSite extends Listener {
  /** Paths of all pages, such as `/quick-start.html`. */
  readonly paths: readonly string[];
}

/** What a browser finds on one page of the site. */
export interface VisitedPage {
  readonly path: string;
  /** Errors of the console, of scripts and of requests. */
  readonly errors: readonly string[];
  /** URLs of other origins that the page asked for. */
  readonly foreignRequests: readonly string[];
  /** Links to this site, as paths with their fragments. */
  readonly links: readonly string[];
  /** Values of the `id` attributes. */
  readonly ids: readonly string[];
  /** Pixels that the page is wider than a phone. */
  readonly overflowPx: number;
}

/** Builds the documentation and serves it. */
export async function startDocsSite(): Promise<DocsSite> {
  await runScript('docs:build');
  const app = new Hono();
  app.use(serveStatic({ root: SITE }));
  const listener = await listen(() => getRequestListener(app.fetch));
  const names = readdirSync(SITE, { recursive: true, encoding: 'utf8' }).map((name) => name.split(sep).join('/'));
  const paths = names.filter((name) => name.endsWith('.html') && name !== '404.html').map((name) => `/${name}`);
  return { ...listener, paths: paths.toSorted() };
}

/**
 * Opens a page of the site in both colour schemes and on a phone.
 *
 * @param page page of a browser that nobody listens to; it may show another page of the site
 * @param folder place of pictures of it; without it, none are taken
 */
export async function visitPage(
  page: Page,
  { origin }: DocsSite,
  path: string,
  folder: string | undefined,
): Promise<VisitedPage> {
  const errors: string[] = [];
  const foreignRequests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:'))
      foreignRequests.push(request.url());
  });
  page.on('response', (response) => {
    if (!response.ok()) errors.push(`${response.status()} ${response.url()}`);
  });
  const name = path.slice(1).replaceAll('/', '-').replace('.html', '');
  const takePicture = async (look: string): Promise<void> => {
    if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}-${look}.png`) });
  };

  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.goto(origin + path);
  // An error of hydration is reported before the app is mounted.
  await page.waitForFunction(() => '__vue_app__' in (document.querySelector('#app') ?? {}));
  await page.locator('html:not(.dark)').waitFor();
  await takePicture('light');
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await page.locator('html.dark').waitFor();
  await takePicture('dark');
  await page.setViewportSize(PHONE);
  await takePicture('phone');

  const found = await page.evaluate(() => ({
    links: Array.from(document.links, ({ href }) => new URL(href))
      .filter((url) => url.origin === location.origin)
      .map(({ pathname, hash }) => pathname + decodeURIComponent(hash)),
    ids: Array.from(document.querySelectorAll('[id]'), ({ id }) => id),
    overflowPx: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  }));
  page.removeAllListeners();
  return { path, errors, foreignRequests, ...found };
}
