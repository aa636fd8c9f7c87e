import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { CLIENT_ID } from '../servers/authorization-server-configuration.ts';
import { startClients } from '../servers/stack.ts';
import { ADA } from '../servers/users.ts';
import { acquireProgram } from '../support/debian-package.ts';
import { freePort } from '../support/free-port.ts';
import { ACCESS_TOKEN_TTL_SECONDS } from './oidc-provider.ts';
import { startServerProcess } from './server-process.ts';
import { ServerMissing, type ServerUnderTest } from './server-under-test.ts';

/** Debian's packages: the server, and the choice that dbconfig sets up no database of its own. */
const DEBIAN_PACKAGES = ['glewlwyd', 'dbconfig-no-thanks'] as const;

/** Its tables and its first user, as Debian's package installs them. */
const SCHEMA = '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3';
/** Its pages. */
const WEBAPP = '/usr/share/glewlwyd/webapp';
const ADMIN = { username: 'admin', password: 'password' };

const RESOURCE = 'https://notes.example/';
const API_SCOPE = 'notes:read';
const SCOPES = ['openid', API_SCOPE];

/**
 * Glewlwyd, a server of another make (C, from Debian), with one public client: PKCE required, refresh tokens that are good
 * once, JWT access tokens for a resource. It has CORS headers of its own: nothing stands between it and the browser.
 *
 * @throws {@link ServerMissing} if it is not on this machine and cannot be installed
 */
export async function startGlewlwyd(): Promise<ServerUnderTest> {
  const program = await acquireProgram('glewlwyd', ...DEBIAN_PACKAGES).catch((error: Error) => {
    throw new ServerMissing(error.message);
  });
  const folder = await mkdtemp(join(tmpdir(), 'tokenward-glewlwyd-'));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const issuer = `${origin}/api/oidc`;
  const stop = await startProcess(program, folder, port);

  const { app, api, close } = await startClients(issuer, { api: { audience: RESOURCE, jwksUri: `${issuer}/jwks` } });
  app.configure({ worker: { scopes: SCOPES, protectedResources: [{ url: api.url, resource: RESOURCE }] } });
  const closeAll = async (): Promise<void> => {
    await close();
    await stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await configure(origin, issuer, app.origin);
  } catch (error) {
    await closeAll();
    throw error;
  }

  return {
    issuer,
    app,
    api,
    // It makes one up for each user.
    subject: undefined,
    passLoginPages,
    passSignOutPages: (page) => passSignOutPages(page, `${app.origin}/`),
    noRevocation: 'it lets public clients revoke nothing',
    close: closeAll,
  };
}

/** Makes a database and a configuration, and starts the server with them. */
async function startProcess(program: string, folder: string, port: number): Promise<() => Promise<void>> {
  const database = join(folder, 'glewlwyd.db');
  const { status } = spawnSync('sqlite3', [database], { input: await readFile(SCHEMA), stdio: ['pipe', 2, 2] });
  if (status !== 0) throw new Error('sqlite3 could not make the database of Glewlwyd.');
  const pages = join(folder, 'webapp');
  await cp(WEBAPP, pages, { recursive: true, dereference: true });
  // Debian's package has a folder where its pages look for a file.
  const settings = await readFile(join(pages, 'config.json/config.json'), 'utf8').catch(() => undefined);
  if (settings !== undefined) {
    await rm(join(pages, 'config.json'), { recursive: true });
    await writeFile(join(pages, 'config.json'), settings);
  }
  const file = join(folder, 'glewlwyd.conf');
  await writeFile(file, configurationFile(port, database, pages));

  return startServerProcess({
    name: 'Glewlwyd',
    command: program,
    commandLine: [`--config-file=${file}`],
    folder,
    url: `http://localhost:${port}/api/`,
  });
}

function configurationFile(port: number, database: string, pages: string): string {
  const types = {
    html: 'text/html',
    css: 'text/css',
    js: 'application/javascript',
    json: 'application/json',
    png: 'image/png',
  };
  const mimeTypes = Object.entries(types).map(([name, type]) => `{ extension = ".${name}" mime_type = "${type}" }`);
  return `
port = ${port}
bind_address = "127.0.0.1"
external_url = "http://localhost:${port}"
login_url = "login.html"
api_prefix = "api"
static_files_path = "${pages}/"
static_files_mime_types = ( ${mimeTypes.join(', ')} )
allow_origin = "*"
cookie_secure = 0
session_key = "GLEWLWYD2_SESSION_ID"
log_mode = "console"
log_level = "INFO"
admin_scope = "g_admin"
profile_scope = "g_profile"
user_module_path = "/usr/lib/glewlwyd/user"
client_module_path = "/usr/lib/glewlwyd/client"
user_auth_scheme_module_path = "/usr/lib/glewlwyd/scheme"
plugin_module_path = "/usr/lib/glewlwyd/plugin"
hash_algorithm = "SHA512"
database = { type = "sqlite3" path = "${database}" };
`;
}

/** Adds plugin, scope, client and user, as an administrator does. */
async function configure(origin: string, issuer: string, appOrigin: string): Promise<void> {
  const signedIn = await post(`${origin}/api/auth`, ADMIN);
  const cookie = signedIn.headers
    .getSetCookie()
    .map((header) => header.split(';')[0])
    .join('; ');
  const keys = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await post(
    `${origin}/api/mod/plugin/`,
    {
      module: 'oidc',
      name: 'oidc',
      display_name: 'OpenID Connect',
      enabled: true,
      parameters: {
        iss: issuer,
        'jwt-type': 'ecdsa',
        'jwt-key-size': '256',
        key: keys.privateKey,
        cert: keys.publicKey,
        'access-token-duration': ACCESS_TOKEN_TTL_SECONDS,
        'refresh-token-duration': 3600,
        'refresh-token-rolling': true,
        'refresh-token-one-use': 'always',
        'code-duration': 60,
        'auth-type-code-enabled': true,
        'auth-type-code-revoke-replayed': true,
        'auth-type-refresh-enabled': true,
        'pkce-allowed': true,
        'pkce-required': true,
        'jwks-show': true,
        'session-management-allowed': true,
        'session-cookie-name': 'GLEWLWYD2_OIDC_SID',
        'session-cookie-expiration': 3600,
        'front-channel-logout-allowed': true,
        'introspection-revocation-allowed': true,
        'introspection-revocation-allow-target-client': true,
        'resource-allowed': true,
        'resource-client-property': 'resource',
        'resource-scope': { openid: [RESOURCE] },
      },
    },
    cookie,
  );
  await post(
    `${origin}/api/scope/`,
    { name: API_SCOPE, display_name: 'Notes', description: 'Read notes', password_required: true },
    cookie,
  );
  await post(
    `${origin}/api/client/`,
    {
      client_id: CLIENT_ID,
      name: 'Tokenward demo',
      enabled: true,
      confidential: false,
      redirect_uri: [`${appOrigin}/auth/callback`],
      authorization_type: ['code', 'refresh_token'],
      token_endpoint_auth_method: ['none'],
      resource: [RESOURCE],
      scope: [],
    },
    cookie,
  );
  await post(
    `${origin}/api/user/`,
    { username: ADA.username, password: ADA.password, name: 'Ada Lovelace', enabled: true, scope: SCOPES },
    cookie,
  );
}

async function post(url: string, body: object, cookie: string = ''): Promise<Response> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`Glewlwyd refused ${url} with ${response.status}: ${await response.text()}`);
  return response;
}

/** User name and password, then which scopes the app may have. */
async function passLoginPages(page: Page): Promise<void> {
  await page.getByLabel('Login').fill(ADA.username);
  await page.getByLabel('Password').fill(ADA.password);
  await page.getByRole('button', { name: 'OK' }).click();
  await page.locator(`[id="grant-${API_SCOPE}"]`).check();
  await page.getByRole('button', { name: 'Grant access' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** Whether the user wants to be signed out of the server too. Its last page leads back to no app. */
async function passSignOutPages(page: Page, app: string): Promise<void> {
  await page.getByRole('button', { name: 'Logout' }).click();
  await page.getByText('You are disconnected').waitFor();
  await page.goto(app);
}
