import './quiet-oidc-provider.ts';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

import { Provider } from 'oidc-provider';

import {
  API_AUDIENCE,
  CLIENT_ID,
  configureProvider,
  DEFAULT_SETTINGS,
  type AuthorizationServerSettings,
} from './authorization-server-configuration.ts';
import { IssuedSecrets, RequestLog, type Endpoint, type EndpointRequest } from './authorization-server-log.ts';
import { Faults, type Fault, type FaultRule } from './faults.ts';
import { answerInteraction, type Context } from './interactions.ts';
import { listen } from './listener.ts';
import { MemoryStore } from './memory-adapter.ts';
import { USERS, type User } from './users.ts';

/** How to start the authorization server. */
export interface AuthorizationServerOptions extends Partial<AuthorizationServerSettings> {
  /** The port to try first; any free port by default. */
  readonly port?: number;
  /** Origins of apps; more can be added later. */
  readonly apps?: readonly string[];
  /** Resource identifiers that access tokens can be for; the first is the default. */
  readonly audiences?: readonly string[];
  /** Who can sign in. */
  readonly users?: readonly User[];
  /** Asked before each request is processed: how it goes wrong, if it does. */
  readonly beforeEndpoint?: FaultRule<EndpointRequest>;
}

/** A running authorization server. */
export interface AuthorizationServer {
  readonly issuer: string;
  readonly origin: string;
  readonly port: number;
  readonly clientId: string;
  /** Every token, code and verifier of the run. */
  readonly issued: IssuedSecrets;
  /** Every request of the run. */
  readonly requests: RequestLog;
  /** What goes wrong. */
  readonly faults: Faults<EndpointRequest>;
  /**
   * Registers an app: its origin for CORS, its redirect URIs (`/auth/callback` by default) and where it may be
   * returned to after sign-out (`/` by default), both relative to the origin.
   */
  addApp(origin: string, redirectUris?: readonly string[], postLogoutRedirectUris?: readonly string[]): void;
  /** Changes settings. */
  configure(settings: Partial<AuthorizationServerSettings>): void;
  /** Signs a user in without a page the next time that somebody has to sign in: for tests that are about what comes afterwards. */
  signInWithoutPage(user: User): void;
  /** Forgets who is signed in at the authorization server: the next sign-in asks, `prompt=none` fails. */
  endUserSessions(): void;
  /** Forgets all grants and refresh tokens: the next refresh is refused with `invalid_grant`. */
  revokeTokens(): void;
  /** Cuts every connection, old and new. */
  goOffline(): void;
  /** Ends {@link AuthorizationServer.goOffline}. */
  goOnline(): void;
  /** Ends the server. */
  close(): Promise<void>;
}

const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ['/.well-known/oauth-authorization-server', 'discovery'],
  ['/.well-known/openid-configuration', 'discovery'],
  ['/auth', 'authorization'],
  ['/interaction', 'interaction'],
  ['/jwks', 'jwks'],
  ['/me', 'userinfo'],
  ['/request', 'pushed_authorization_request'],
  ['/session/end', 'end_session'],
  ['/token', 'token'],
  ['/token/introspection', 'introspection'],
  ['/token/revocation', 'revocation'],
]);

/** Endpoints that take a form: its parameters are read before the request is processed. */
const FORM_ENDPOINTS: ReadonlySet<Endpoint> = new Set([
  'interaction',
  'introspection',
  'pushed_authorization_request',
  'revocation',
  'token',
]);

/**
 * Starts a real authorization server, oidc-provider, on localhost: one public client with PKCE, refresh token rotation
 * with reuse detection, JWT access tokens, everything in memory.
 */
export async function startAuthorizationServer(options: AuthorizationServerOptions = {}): Promise<AuthorizationServer> {
  const { port, apps = [], audiences = [API_AUDIENCE], users = USERS, beforeEndpoint, ...initialSettings } = options;
  let settings: AuthorizationServerSettings = { ...DEFAULT_SETTINGS, ...initialSettings };

  const store = new MemoryStore();
  const issued = new IssuedSecrets();
  const requests = new RequestLog();
  const faults = new Faults<EndpointRequest>(beforeEndpoint);
  let readyUser: User | undefined;
  const takeReadyUser = (): User | undefined => {
    const user = readyUser;
    readyUser = undefined;
    return user;
  };

  /** Authorization requests that were pushed, by what the browser carries in their place. */
  const pushed = new Map<string, URLSearchParams>();
  const origins = new Set<string>();
  const formTargets = new Set<string>();
  const redirectUris = new Set<string>();
  const postLogoutRedirectUris = new Set<string>();
  const addApp: AuthorizationServer['addApp'] = (origin, redirects = ['/auth/callback'], afterLogout = ['/']) => {
    origins.add(origin);
    formTargets.add(origin);
    for (const uri of redirects) {
      const redirectUri = new URL(uri, origin);
      redirectUris.add(redirectUri.href);
      formTargets.add(redirectUri.origin);
    }
    for (const uri of afterLogout) postLogoutRedirectUris.add(new URL(uri, origin).href);
  };
  for (const origin of apps) addApp(origin);

  const createProvider = (issuer: string): Provider => {
    const provider = new Provider(
      issuer,
      configureProvider({
        store,
        users,
        audiences,
        origins,
        redirectUris,
        postLogoutRedirectUris,
        cookieSuffix: new URL(issuer).port,
        settings: () => settings,
      }),
    );
    // Koa would print each connection that a fault has cut.
    provider.silent = true;
    provider.on('server_error', (_context, error) => console.error(error));
    const errorDetails = new WeakMap<object, string>();
    provider.on('grant.error', ({ req }, error) => errorDetails.set(req, error.error_detail ?? ''));
    provider.on('authorization.success', (_context, response) => issued.noteResponse(response));
    provider.on('authorization_code.saved', ({ jti }) => issued.noteResponse({ code: jti }));

    provider.use(async (context, next) => {
      const read = await readRequest(context);
      const reference = read.parameters.get('request_uri') ?? '';
      const request = { ...read, parameters: pushed.get(reference) ?? read.parameters };
      issued.noteRequest(request.parameters);
      const answer = async (): Promise<void> => {
        await next();
        // Before a fault can replace it: an answer that is lost holds tokens too.
        if (request.endpoint === 'token') issued.noteResponse(context.body);
        if (request.endpoint === 'authorization' && settings.authorizationCors === 'allowed') {
          context.set('access-control-allow-origin', context.get('origin'));
          context.set('access-control-allow-credentials', 'true');
        }
        if (request.endpoint === 'pushed_authorization_request') {
          const created = memberOf(context.body, 'request_uri');
          // An answer that is a refusal has none.
          if (created !== undefined) pushed.set(created, request.parameters);
        }
      };
      // A fault is the endpoint's: a preflight is answered as ever.
      const fault = request.method === 'OPTIONS' ? undefined : await faults.next(request);
      const outcome = fault === undefined ? await answer() : await goWrong(fault, context, answer);
      requests.add({
        ...request,
        status: outcome === 'cut' ? 0 : context.status,
        error: memberOf(context.body, 'error'),
        errorDescription: memberOf(context.body, 'error_description'),
        errorDetail: errorDetails.get(context.req),
      });
    });
    provider.use((context, next) => answerInteraction(context, next, { provider, users, formTargets, takeReadyUser }));
    return provider;
  };

  // The issuer names the port, so the port has to be known before there is a provider.
  const listener = await listen((origin) => createProvider(origin).callback(), port);

  return {
    issuer: listener.origin,
    origin: listener.origin,
    port: listener.port,
    clientId: CLIENT_ID,
    issued,
    requests,
    faults,
    addApp,
    configure: (changes) => {
      settings = { ...settings, ...changes };
    },
    signInWithoutPage: (user) => {
      readyUser = user;
    },
    endUserSessions: () => {
      store.clear('Session');
    },
    revokeTokens: () => {
      for (const kind of ['Grant', 'RefreshToken', 'AccessToken', 'AuthorizationCode']) store.clear(kind);
    },
    goOffline: listener.goOffline,
    goOnline: listener.goOnline,
    close: listener.close,
  };
}

async function readRequest(context: Context): Promise<EndpointRequest> {
  const { method, path } = context;
  const endpoint = ENDPOINTS.get(path) ?? ENDPOINTS.get(path.replace(/\/[^/]+$/, '')) ?? 'other';
  let parameters = new URLSearchParams(context.querystring);
  if (method === 'POST' && FORM_ENDPOINTS.has(endpoint)) {
    const body = await readText(context.req);
    parameters = new URLSearchParams(body);
    // oidc-provider takes the body from here when the stream is at its end.
    Object.assign(context.req, { body });
  }
  return {
    endpoint,
    method,
    path,
    parameters,
    grantType: parameters.get('grant_type') ?? undefined,
    origin: text(context.headers.origin),
    dpop: text(context.headers['dpop']),
    atMs: Date.now(),
  };
}

async function goWrong(fault: Fault, context: Context, answer: () => Promise<void>): Promise<'answered' | 'cut'> {
  if (fault.stage === 'after') await answer();
  if (fault.delayMs !== undefined) await delay(fault.delayMs);
  await fault.until;
  if (fault.answer === undefined) {
    if (fault.stage === 'before') await answer();
    return 'answered';
  }
  if (fault.answer === 'cut') {
    context.respond = false;
    context.req.socket.destroy();
    return 'cut';
  }
  const { status, body = '', headers = {}, cors = 'allow' } = fault.answer;
  const origin = context.get('origin');
  context.status = status;
  context.remove('content-type');
  context.body = body;
  if (cors === 'allow' && origin !== '') context.set('access-control-allow-origin', origin);
  if (cors === 'omit') context.remove('access-control-allow-origin');
  for (const [name, value] of Object.entries(headers)) context.set(name, value);
  return 'answered';
}

function memberOf(body: unknown, name: string): string | undefined {
  const members = typeof body === 'object' && body !== null ? Object.entries(body) : [];
  return text(new Map<string, unknown>(members).get(name));
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
