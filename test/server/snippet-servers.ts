import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { acquireProgram } from '../support/debian-package.ts';
import { freePort } from '../support/free-port.ts';
import { untilTrue } from '../support/until.ts';
import { SCRIPT } from './deployment.ts';
import { send } from './http-client.ts';

/** A web server that runs a snippet of the documentation. */
export interface SnippetServer {
  /** Where the server listens. */
  readonly origin: string;
  /** The worker script, which may be changed. */
  readonly workerFile: string;
  /** What the server has logged so far. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** Time limit until a server answers, in milliseconds. */
const START_TIMEOUT_MS = 120_000;

const DOCUMENTATION = fileURLToPath(new URL('../../docs/deployment/', import.meta.url));

/** Runs the nginx.conf of docs/deployment, or another configuration, in Debian's nginx. */
export async function startNginx(site: Site = documentedSite('nginx')): Promise<SnippetServer> {
  const program = await acquireProgram('nginx', 'nginx-light');
  const { folder, port, snippet } = await prepare(site, [
    ['listen 443 ssl;', 'listen 127.0.0.1:PORT;'],
    [`  ssl_certificate     /etc/ssl/${site.host}.pem;\n`, ''],
    [`  ssl_certificate_key /etc/ssl/private/${site.host}.key;\n`, ''],
    ...(isApp(site) ? ([['/run/nginx-tokenward.sock', 'FOLDER/tokenward.sock']] as const) : []),
  ]);
  await writeFile(join(folder, 'snippet.conf'), snippet);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  // One process with our own rights, which may read our temporary files.
  await writeFile(
    join(folder, 'main.conf'),
    `daemon off; master_process off; pid ${folder}/pid; events {}
    http {
      types { text/html html; text/javascript js; }
      log_format telling '$request_method $request_uri $status $request_id';
      access_log ${folder}/access.log telling;
      ${temporary.join(' ')}
      include ${folder}/snippet.conf;
    }`,
  );
  const child = spawn(program, ['-e', join(folder, 'error.log'), '-p', folder, '-c', join(folder, 'main.conf')]);
  return started(child, { folder, port, logs: ['access.log', 'error.log'] });
}

/** Runs the Caddyfile of docs/deployment, or another configuration, in Debian's Caddy. */
export async function startCaddy(site: Site = documentedSite('caddy')): Promise<SnippetServer> {
  const program = await acquireProgram('caddy', 'caddy');
  const options = '{\n  admin off\n  auto_https off\n  log default {\n    output file FOLDER/log\n  }\n';
  const { folder, port, snippet } = await prepare(site, [
    [`\n${site.host} {\n`, isApp(site) ? '\nhttp://127.0.0.1:PORT {\n  log\n' : '\nhttp://127.0.0.1:PORT {\n'],
    ...(isApp(site)
      ? ([
          ['unix//run/caddy-tokenward.sock', 'unix/FOLDER/tokenward.sock'],
          ['\n{\n', `\n${options}`],
        ] as const)
      : ([['# The origin', `${options}}\n# The origin`]] as const)),
  ]);
  await writeFile(join(folder, 'Caddyfile'), snippet);
  const env = { ...process.env, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, HOME: folder };
  const child = spawn(program, ['run', '--config', join(folder, 'Caddyfile')], { env });
  return started(child, { folder, port, logs: ['log'] });
}

/** Runs the apache.conf of docs/deployment, or another configuration, in Debian's Apache. */
export async function startApache(site: Site = documentedSite('apache')): Promise<SnippetServer> {
  const program = await acquireProgram('apache2', 'apache2-bin');
  const { folder, port, snippet } = await prepare(site, [
    ['<VirtualHost *:443>', '<VirtualHost 127.0.0.1:PORT>'],
    ['  SSLEngine on\n', ''],
    [`  SSLCertificateFile    /etc/ssl/${site.host}.pem\n`, ''],
    [`  SSLCertificateKeyFile /etc/ssl/private/${site.host}.key\n`, ''],
  ]);
  await writeFile(join(folder, 'snippet.conf'), snippet);
  if (isApp(site)) await chmod(join(folder, 'documents', 'apache-cgi.sh'), 0o755);
  const modules = ['asis', 'authz_core', 'dir', 'mime', 'alias', 'env', 'headers', 'rewrite', 'cgi', 'mpm_prefork'];
  await writeFile(
    join(folder, 'main.conf'),
    `ServerRoot ${folder}
    ServerName localhost
    Listen 127.0.0.1:${port}
    PidFile ${folder}/pid
    ErrorLog ${folder}/error.log
    LogLevel info
    CustomLog ${folder}/access.log "%r %>s %{TOKENWARD}e"
    ${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n    ')}
    # As root, the processes that answer have to be somebody else's.
    User nobody
    Group nogroup
    TypesConfig /dev/null
    AddType text/html .html
    AddType text/javascript .js
    StartServers 1
    Include ${folder}/snippet.conf`,
  );
  for (const path of ['', ...Object.keys(site.files).map((file) => dirname(file))])
    await chmod(join(folder, path), 0o755);
  // When it ends, Apache ends its whole process group, which must not be ours.
  const child = spawn(program, ['-DFOREGROUND', '-f', join(folder, 'main.conf')], { detached: true });
  return started(child, { folder, port, logs: ['access.log', 'error.log'] });
}

interface Prepared {
  readonly folder: string;
  readonly port: number;
  readonly snippet: string;
}

type Replacements = readonly (readonly [from: string, to: string])[];

/** The configuration of a server for one host, and the files of that host. */
export interface Site {
  readonly host: string;
  readonly file: string;
  readonly text: string;
  /** Files by their path in the place of the folders in /srv, which the configuration names. */
  readonly files: Readonly<Record<string, string>>;
  readonly folders: Replacements;
}

/** Names of the configurations among the files of a host. */
const CONFIGURATIONS = { nginx: 'nginx.conf', caddy: 'Caddyfile', apache: 'apache.conf' } as const;

/** Server that runs on this machine. */
export type ServerName = keyof typeof CONFIGURATIONS;

/** The app as the documentation serves it, with a worker script of the tests. */
function documentedSite(server: ServerName): Site {
  const folder = join(DOCUMENTATION, server);
  const files = Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  return siteOfApp(server, 'app.example', { ...files, 'tokenward-sw.js': SCRIPT });
}

/**
 * Returns an app as a server serves it.
 *
 * @param written the files that the command has written
 * @param base path of the app
 */
export function siteOfApp(
  server: ServerName,
  host: string,
  written: Readonly<Record<string, string>>,
  base: string = '/',
): Site {
  const file = CONFIGURATIONS[server];
  return {
    host,
    file,
    text: written[file] ?? '',
    files: {
      ...Object.fromEntries(Object.entries(written).map(([name, text]) => [`documents/${name}`, text])),
      'app/push/messaging-sw.js': 'self.onpush = () => {};\n',
      'app/push/other.js': 'self.onpush = () => {};\n',
      [`app${base}rogue.js`]: 'self.onfetch = () => {};\n',
      [`app${base}index.html`]: '<!doctype html><title>app</title>\n',
    },
    folders: [
      ['/srv/app', 'FOLDER/app'],
      ['/srv/tokenward', 'FOLDER/documents'],
    ],
  };
}

function isApp({ folders }: Site): boolean {
  return folders.some(([from]) => from === '/srv/app');
}

/** Puts other texts in the place of some, all of which must be there. */
function adapt({ file, text: whole }: Pick<Site, 'file' | 'text'>, replacements: Replacements): string {
  let text = whole;
  for (const [from, to] of replacements) {
    if (!text.includes(from)) throw new Error(`${file} does not hold ${from}; has it changed?`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** Adapts a snippet as a reader would: to the paths of this machine, and to a port without TLS. */
async function prepare(site: Site, replacements: Replacements): Promise<Prepared> {
  const folder = await mkdtemp(join(tmpdir(), 'tokenward-'));
  const port = await freePort();
  const snippet = adapt(
    site,
    [...replacements, ...site.folders].map(([from, to]) => [
      from,
      to.replaceAll('PORT', String(port)).replaceAll('FOLDER', folder),
    ]),
  );
  for (const [path, text] of Object.entries(site.files)) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return { folder, port, snippet };
}

interface Running {
  readonly folder: string;
  readonly port: number;
  readonly logs: readonly string[];
}

async function started(child: ChildProcess, { folder, port, logs }: Running): Promise<SnippetServer> {
  const origin = `http://127.0.0.1:${port}`;
  const log = async (): Promise<string> =>
    (await Promise.all(logs.map((name) => readFile(join(folder, name), 'utf8').catch(() => '')))).join('\n');
  const errors: string[] = [];
  child.stderr?.on('data', (chunk) => errors.push(String(chunk)));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true });
  };
  const answers = (): Promise<boolean> =>
    send(origin).then(
      () => true,
      () => false,
    );
  await untilTrue(
    async () => child.exitCode !== null || (await answers()),
    () => 'the server to start',
    { timeoutMs: START_TIMEOUT_MS },
  );
  if (child.exitCode !== null) {
    const reason = `The server did not start:\n${errors.join('')}\n${await log()}`;
    await stop();
    throw new Error(reason);
  }
  return { origin, workerFile: join(folder, 'documents/tokenward-sw.js'), log, stop };
}
