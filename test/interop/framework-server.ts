import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TokenwardOptions } from 'tokenward/sw';
import { startApp } from '../servers/app-server.ts';
import { CLIENT_ID } from '../servers/authorization-server-configuration.ts';
import { ADA } from '../servers/users.ts';
import { fillLoginPage } from '../support/app-page.ts';
import { acquirePackages } from '../support/debian-package.ts';
import { freePort } from '../support/free-port.ts';
import { ACCESS_TOKEN_TTL_SECONDS } from './oidc-provider.ts';
import { startServerProcess } from './server-process.ts';
import { noPages, ServerMissing, type ServerUnderTest } from './server-under-test.ts';

/** Scope of the API. */
const API_SCOPE = 'notes:read';

/** A server that is a library of a web framework, in the smallest project of that framework. */
export interface FrameworkServer {
  readonly name: string;
  /** Packages of Debian that the project needs. */
  readonly debianPackages: readonly string[];
  /** The framework's language as Debian installs it: another one on PATH knows no package of Debian. */
  readonly interpreter: string;
  /** Whether the packages are on this machine. */
  readonly isThere: () => boolean;
  /** File of the project. It gets its settings on the standard input, and serves an API at `/api` and `POST /end_grants`. */
  readonly project: URL;
  /** Path of the issuer below the project's origin. */
  readonly issuerPath: string;
  /** The `sub` of the user. */
  readonly subject: string;
  /** Members of the worker's configuration besides those of every such server. */
  readonly worker?: (origin: string, app: string) => Partial<TokenwardOptions>;
  /** Members of the server that is tested besides those of every such server. */
  readonly further?: (origin: string) => Partial<ServerUnderTest>;
}

/**
 * Starts such a server with one public client, one user, refresh tokens that are good once, opaque access tokens, and an API that it
 * protects itself.
 *
 * @throws {@link ServerMissing} if it is not on this machine and cannot be installed
 */
export async function startFrameworkServer(framework: FrameworkServer): Promise<ServerUnderTest> {
  const { name, debianPackages, interpreter, isThere, project, issuerPath, subject, worker, further } = framework;
  await acquirePackages(name, isThere, debianPackages).catch((error: Error) => {
    throw new ServerMissing(error.message);
  });
  const folder = await mkdtemp(join(tmpdir(), 'tokenward-interop-'));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const issuer = `${origin}${issuerPath}`;
  const api = { url: `${origin}/api` };
  // The API is beside the authorization server, as in many such projects.
  const app = await startApp({ issuer, apiUrl: api.url, policy: { authorizationServerPaths: 'allow' } });
  app.configure({ worker: { scopes: ['openid', API_SCOPE], ...worker?.(origin, app.origin) } });
  const settings = {
    port,
    app: app.origin,
    database: join(folder, 'database.sqlite3'),
    scopes: [API_SCOPE],
    accessTokenTtlSeconds: ACCESS_TOKEN_TTL_SECONDS,
    clientId: CLIENT_ID,
    user: { sub: subject, name: 'Ada Lovelace', username: ADA.username, password: ADA.password },
  };
  const closeApp = async (): Promise<void> => {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  };
  const stop = await startServerProcess({
    name,
    command: interpreter,
    commandLine: [fileURLToPath(project)],
    input: JSON.stringify(settings),
    folder,
    url: `${origin}/api/me`,
  }).catch(async (error: unknown) => {
    await closeApp();
    throw error;
  });
  return {
    issuer,
    app,
    api,
    subject,
    passLoginPages: fillLoginPage,
    passSignOutPages: noPages,
    revokeTokens: async () => {
      const { ok, status } = await fetch(`${origin}/end_grants`, { method: 'POST' });
      if (!ok) throw new Error(`${name} answered with ${status}.`);
    },
    ...further?.(origin),
    close: async () => {
      await stop();
      await closeApp();
    },
  };
}
