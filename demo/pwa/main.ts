import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

import { ADA, GRACE } from '../../test/servers/users.ts';
import { checkNotesApp } from './check.ts';
import { startNotesApp } from './notes-app.ts';

const USAGE = `usage: npm run demo:pwa                starts the notes app on http://localhost:4000
       npm run demo:pwa -- --check     drives it in a headless browser
`;

const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
if (values.help === true) process.stdout.write(USAGE);
else if (values.check === true) process.exitCode = await checkNotesApp();
else {
  const stack = await startNotesApp({
    app: { port: 4000 },
    authorizationServer: { port: 4001, accessTokenTtlSeconds: 20 },
    api: { port: 4002 },
  });
  const servers = [stack.app, stack.api, stack.authorizationServer];
  process.stdout.write(`
  Notes, with or without a network

  Open                  ${stack.app.origin}
  Sign in as            ${ADA.username}, password ${ADA.password}
  or as                 ${GRACE.username}, password ${GRACE.password}

  Enter cuts all three servers off, and Enter brings them back. Ctrl+C stops it all.

`);
  let isOnline = true;
  createInterface({ input: process.stdin }).on('line', () => {
    isOnline = !isOnline;
    for (const server of servers) {
      if (isOnline) server.goOnline();
      else server.goOffline();
    }
    process.stdout.write(isOnline ? '  The servers answer again.\n' : '  The servers are cut off.\n');
  });
  process.once('SIGINT', () => void stack.close().then(() => process.exit(0)));
}
