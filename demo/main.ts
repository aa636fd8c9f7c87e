import { parseArgs } from 'node:util';

import { checkDemo } from './check.ts';
import { startDemo, type Demo } from './demo-servers.ts';
import { ADA } from '../test/servers/users.ts';

/** Short, so that a refresh comes while someone looks. */
const ACCESS_TOKEN_TTL_SECONDS = 20;

const USAGE = `usage: npm run demo                          starts the demo on http://localhost:4000
       npm run demo -- --check               drives it in a headless browser
       npm run demo -- --check --json FILE   and writes the figures to a file
`;

/** Runs the command line; resolves to the exit status when there is nothing left to do. */
async function run(commandLine: readonly string[]): Promise<number | 'serving'> {
  const { values } = parseArgs({
    args: [...commandLine],
    options: { check: { type: 'boolean' }, json: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (values.check === true) return await checkDemo({ jsonFile: values.json });

  const demo = await startDemo({ firstPort: 4000, accessTokenTtlSeconds: ACCESS_TOKEN_TTL_SECONDS });
  process.stdout.write(banner(demo));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void demo.close().then(() => process.exit(0)));
  }
  return 'serving';
}

function banner({ app, authorizationServer, api }: Demo): string {
  const lines: readonly (readonly [string, string])[] = [
    ['Open', bold(app.origin)],
    ['Sign in as', bold(ADA.username)],
    ['Password', bold(ADA.password)],
    ['', ''],
    ['Authorization server', authorizationServer.issuer],
    ['API', api.url],
    ['Isolated callback', app.redirectUri],
  ];
  const rows = lines.map(([name, value]) => `  ${name.padEnd(22)}${value}`.trimEnd());
  return [
    '',
    `  ${bold('Tokenward demo')}`,
    '',
    ...rows,
    '',
    `  Access tokens live ${ACCESS_TOKEN_TTL_SECONDS} seconds. The session ends after two minutes without activity. Ctrl+C stops it all.`,
    '',
    '',
  ].join('\n');
}

function bold(text: string): string {
  return process.stdout.isTTY ? `\u001B[1m${text}\u001B[22m` : text;
}

try {
  const status = await run(process.argv.slice(2));
  if (status !== 'serving') process.exit(status);
} catch (error) {
  const isUsageError = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  process.stderr.write(
    `${error instanceof Error ? error.message : String(error)}\n${isUsageError ? `\n${USAGE}` : ''}`,
  );
  process.exit(1);
}
