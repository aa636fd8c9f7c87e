import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { App } from '../../demo/app-server.ts';
import type { Stack } from '../../demo/stack.ts';
import { DEPLOY_PATH } from './start-up-page/measure.ts';

/** Where the page stands that profiles a start. */
export const START_UP_PAGE = '/start-up';

const fileOf = (name: string): URL => new URL(`start-up-page/${name}`, import.meta.url);

/** Puts the page into an app whose worker has marks: it measures starts, and shows what each part costs. */
export async function addStartUpPage(app: App, { api }: Pick<Stack, 'api'>): Promise<void> {
  const [page, style, { outputFiles }] = await Promise.all([
    readFile(fileOf('index.html'), 'utf8'),
    readFile(fileOf('style.css'), 'utf8'),
    build({
      entryPoints: [fileURLToPath(fileOf('main.ts'))],
      bundle: true,
      format: 'esm',
      target: 'es2022',
      write: false,
    }),
  ]);
  app.pages.set(START_UP_PAGE, { body: page.replace('<html', `<html data-api="${api.url}"`) });
  app.pages.set(DEPLOY_PATH, {
    contentType: 'text/plain',
    /** Read at each request. */
    get body() {
      app.setWorkerRelease(randomUUID());
      return '';
    },
  });
  app.pages.set('/start-up.css', { body: style, contentType: 'text/css' });
  app.pages.set('/start-up.js', { body: outputFiles[0]?.text ?? '', contentType: 'text/javascript' });
}
