import { CALLBACK_PATH } from '../../protocol/default-names.ts';
import { Command } from '@commander-js/extra-typings';
import { join } from 'node:path';
import { createCallbackFiles } from '../../server/callback-files.ts';
import { applyChanges, placeText } from '../setup/file-change.ts';
import { writeJson, type Terminal } from '../terminal.ts';
import { proposeRedirectUri } from './propose-redirect-uri.ts';

/** Creates the command `callback`. */
export function callbackCommand(terminal: Terminal): Command {
  return new Command('callback')
    .summary('write the files of an isolated callback: its document, and the headers for static hosts and servers')
    .description(
      'Writes the one document of an isolated callback into site, with the headers for Netlify and Cloudflare Pages beside it, ' +
        'and configurations of nginx, Caddy and Apache. The document is built for one app callback.',
    )
    .requiredOption('--app <url>', `the app's callback, such as https://app.example/${CALLBACK_PATH}`)
    .option(
      '--redirect-uri <url>',
      "the root of the callback's origin (default: the host of the app, with signin before it)",
    )
    .requiredOption('--out <folder>', 'the folder to write to')
    .option('--json', 'print the result as JSON')
    .action(async ({ app, redirectUri, out, json }) => {
      try {
        const proposed = URL.canParse(app) ? proposeRedirectUri(app) : app;
        const location = { appCallback: app, redirectUri: redirectUri ?? proposed };
        const files = await createCallbackFiles(location);
        const changes = files.map(({ name, text }) => placeText(join(terminal.cwd(), out, name), text));
        applyChanges(changes);
        if (json === true) return writeJson(terminal.stdout, { ...location, files: files.map(({ name }) => name) });
        const lines = [
          ...files.map(({ name }) => `  ${join(out, name)} written`),
          '',
          `Serve ${join(out, 'site')} at ${location.redirectUri} and nothing else there, without Access-Control-Allow-Origin.`,
          `Enter redirectUri: '${location.redirectUri}' in the worker's configuration, and at the authorization server this`,
          'redirect URI alone.',
        ];
        terminal.stdout.write(`${lines.join('\n')}\n`);
      } catch (error) {
        terminal.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
        terminal.exitCode = 2;
      }
    });
}
