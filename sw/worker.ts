import type { AccessChallenge } from '../src/protocol/access-challenge.ts';
import type { Explanation } from '../src/protocol/explanation.ts';
import type { Session } from '../src/protocol/session.ts';
import { hasStrings } from '../src/protocol/json.ts';
import { fingerprintOf, isOfSameClient } from '../src/configuration/fingerprint.ts';
import type { Configuration } from '../src/configuration/parse-configuration.ts';
import { noticeUnreadable } from './fetch/cors-notice.ts';
import { explainRequest, traitsOf } from './fetch/explanation.ts';
import type { AccessSource } from './fetch/access.ts';
import { sendAuthenticated } from './fetch/handler.ts';
import type { ProtectedResource } from '../src/configuration/protected-resource.ts';
import { findProtectedResource, rejectsRequest, type RequestTraits } from './fetch/protected-resource.ts';
import { createRecentNeedles } from './fetch/reflection.ts';
import { createRequestWatch } from './fetch/request-watch.ts';
import { userInfoResource } from './fetch/user-info-resource.ts';
import { createFetchListeners, type FetchListeners } from './fetch/listeners.ts';
import { findReplacement, isUnregistered } from './lifecycle/registration.ts';
import { takeOver } from './lifecycle/handover-payload.ts';
import { reportAlarm } from './lifecycle/report.ts';
import { createTripwires } from './lifecycle/tripwires.ts';
import { createUpdateCheck } from './lifecycle/update-check.ts';
import { createMessageListener, checkRegistrationBy } from './messages.ts';
import { createAuthorizationFlow } from './navigation/authorization-flow.ts';
import { endpointFinder } from './navigation/endpoints.ts';
import { accessBy, type TokenAccess } from './oauth/access.ts';
import { adoptTokens } from './oauth/adoption.ts';
import { authorizationEndpoint, prepareAuthorization } from './oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from './oauth/authorization-response.ts';
import { createOAuthContext } from './oauth/authorization-server.ts';
import { endSessionUrl } from './oauth/end-session.ts';
import { createPendingAuthorizations } from './oauth/pending-authorization.ts';
import { parseAuthorizationRequest } from './oauth/parse-authorization-request.ts';
import { refreshAccessToken } from './oauth/refresh.ts';
import { revokeTokens } from './oauth/revocation.ts';
import { requestUserInfo } from './oauth/user-info.ts';
import {
  activeWorker,
  claimClients,
  emptyFragment,
  isOnline,
  listWindows,
  now,
  origin,
  ownRegistration,
  onPolicyViolation,
  onVersionMessage,
  registrationScope,
  schedule,
  scriptUrl,
  send,
  activateAtOnce,
  tellVersions,
  warn,
} from './platform.ts';
import { alarmNews, challengeNews, requestNews, sessionNews } from './rpc/announce.ts';
import { createCallHandlers } from './rpc/call-handlers.ts';
import { createNotifyPages } from './rpc/notify-pages.ts';
import type { TargetToken } from './session/token-refresh.ts';
import { deleteSessionCaches } from './session-caches.ts';
import { TokenSession } from './session/token-session.ts';
import type { TokenwardParts } from './tokenward.ts';
import { openVault, type UnlockedRecords } from './vault/open-vault.ts';

/** Parts of the worker, put together: one member for each event. */
export interface TokenwardWorker extends Pick<FetchListeners, 'answerFirst' | 'answerLast' | 'noteOther'> {
  /** Parts that requests of the worker's own code use. */
  readonly parts: TokenwardParts<TokenAccess>;
  /** Receives a message of a page, of another version of this worker, or of its own. */
  readonly hear: (event: ExtendableMessageEvent) => void;
  /** Checks whether another worker is about to take this one's place. */
  readonly watchRegistration: () => void;
  /** Takes over from the version before. */
  readonly install: () => Promise<void>;
  /** Seals anew what the version before has left. */
  readonly reseal: () => Promise<void>;
}

/**
 * Puts the worker together. It begins to read the session, which nearly every event needs.
 *
 * @param configuration the checked configuration
 * @param unlocked the sealed records and their key; `undefined` where the script holds no secret
 * @param onSession receives every change of the session
 */
export function createWorker(
  configuration: Configuration,
  unlocked: UnlockedRecords | undefined,
  onSession?: (session: Session) => void,
): TokenwardWorker {
  const fingerprint = fingerprintOf(configuration);
  const { registrationScope: scope, withoutSecret, protectedResources, alarmReportUrl } = configuration;
  const opened = openVault({ unlocked, withoutSecret, fingerprint, registrationScope: scope, now });
  /** Passes what changes to the version that has taken over a vault in memory. */
  let tellSuccessor: (() => Promise<void>) | undefined;
  const oauth = createOAuthContext(configuration, { send, now });
  const notifyPages = createNotifyPages({ origin, registrationScope, listWindows });

  const session = new TokenSession({
    vault: opened.vault,
    refresh: async (tokens, target) => {
      const renewed = await refreshAccessToken(oauth, tokens, target);
      void tripwires.checkRegistration();
      void checkUpdate();
      return renewed;
    },
    revoke: (tokens) => revokeTokens(oauth, tokens),
    announce: (view) => {
      void notifyPages(sessionNews(view));
      void tellSuccessor?.();
      onSession?.(view);
      if (view.status === 'signed-out' && view.reason === 'refused') void deleteSessionCaches();
    },
    tellVersions: (sessionId) => tellVersions({ signedOut: sessionId }),
    isOnline,
    now,
    schedule,
    refreshBeforeExpiryMs: configuration.refreshBeforeExpiryMs,
    leaseMs: configuration.requestTimeoutMs + 5000,
  });
  const replacement = (): string | undefined => findReplacement(ownRegistration(), scriptUrl);
  const tripwires = createTripwires({
    replacement,
    isUnregistered: () => isUnregistered(ownRegistration()),
    endSession: (error, fate) => session.end(error, fate),
    revoke: configuration.alarmAction === 'revoke' ? () => session.sendRevocations() : undefined,
    announce: (alarm) => Promise.all([notifyPages(alarmNews(alarm)), reportAlarm(send, alarmReportUrl, alarm)]),
    now,
  });
  const checkUpdate = createUpdateCheck({ vault: opened.vault, registration: ownRegistration(), tripwires, now });
  const flow = createAuthorizationFlow({
    session,
    pendings: createPendingAuthorizations(opened.vault, now),
    delivery: configuration.responseDelivery,
    base: configuration.base,
    prepare: (request) => prepareAuthorization(oauth, request),
    exchange: async (parameters, pending) => {
      const response = await exchangeAuthorizationCode(oauth, parameters, pending);
      void checkUpdate();
      return response;
    },
    silentLogin: ({ returnTo, scopes }) =>
      `${configuration.endpoints.login}?${new URLSearchParams({ prompt: 'none', returnTo, scope: scopes.join(' ') })}`,
    tellForeign: () => void tripwires.tell('foreign_response', 'reported'),
  });
  const endSession = async (): Promise<URL | undefined> => endSessionUrl(oauth, await session.takeIdTokenHint());
  const access = (token: TargetToken | undefined): TokenAccess | undefined => token && accessBy(oauth, token);
  const source: AccessSource<TokenAccess> = {
    fresh: async (target) => access(await session.fresh(target)),
    freshAfter: async ({ token }) => access(await session.freshAfter(token)),
  };
  const way = {
    source,
    send: noticeUnreadable({ send, origin, isOnline, warn, schedule, onPolicyViolation }),
    tellReflection: (url: string): void => void tripwires.tell('token_reflected', 'stopped', url),
    recentNeedles: createRecentNeedles(now),
  };
  const resourceOf = (url: URL, request: RequestTraits): ProtectedResource | undefined => {
    const resource = findProtectedResource(protectedResources, request, url);
    const passes = resource?.withoutSession === 'pass' && !rejectsRequest(resource, request);
    return passes && session.isSignedOut() ? undefined : resource;
  };
  const sendTo = (request: Request, resource: ProtectedResource, clientId: string): Promise<Response> => {
    const tell = (challenge: AccessChallenge): void => void notifyPages(challengeNews(challenge), clientId);
    // Afterwards: no request waits for what the browser is asked then.
    return sendAuthenticated(request, resource, { ...way, tell }).finally(tripwires.checkRegistrationThrottled);
  };
  const endpointOf = endpointFinder({ configuration, origin, emptyFragment, session, flow, endSession });
  const listeners = createFetchListeners({
    origin,
    precedence: configuration.precedence,
    endpointOf,
    resourceOf,
    send: sendTo,
    see: (url, request) => watch.see(url, request),
    warn,
  });
  const explain = async (url: URL, traits: RequestTraits): Promise<Explanation> => {
    const isSignedIn = (await session.view()).status === 'signed-in';
    const explanation: Explanation = endpointOf(url, traits)
      ? { action: 'answer', reason: 'worker_endpoint' }
      : explainRequest(protectedResources, traits, { url, isSignedIn });
    return listeners.correct(explanation, url, traits);
  };
  const watch = createRequestWatch({ now, explain, tell: (seen) => void notifyPages(requestNews(seen)) });

  const handover = {
    openVault: opened,
    fingerprint,
    isOfSameClient: (other: string) => isOfSameClient(other, configuration),
  };
  const handlers = createCallHandlers({
    configuration,
    session,
    flow,
    checkLogin: async (query) => {
      parseAuthorizationRequest(configuration, query, { returnTo: '/' });
      await authorizationEndpoint(oauth);
    },
    adopt: (tokens) => adoptTokens(oauth, tokens),
    explain: (sketch) => explain(new URL(sketch.url), traitsOf(sketch, origin)),
    watch: watch.begin,
    userInfo: async () => {
      const view = await session.view();
      if (view.status === 'signed-out') return undefined;
      return requestUserInfo(oauth, view.claims.sub, (request) =>
        sendAuthenticated(request, userInfoResource(new URL(request.url)), { ...way, tell: () => {} }),
      );
    },
    clearCaches: deleteSessionCaches,
    claimClients,
    takeOver: activateAtOnce,
  });
  const hear = createMessageListener({
    handlers,
    tripwires,
    handover,
    onSuccessor: (tell) => {
      tellSuccessor = tell;
    },
  });
  // Page script may say so too: it can sign out anyway.
  onVersionMessage((message) => {
    if (hasStrings(message, 'signedOut')) void session.endSignedOut(message.signedOut);
  });
  // Before the first event comes, which most often waits for it. What could not be revoked is tried again.
  void session.sendRevocations();
  return {
    ...listeners,
    parts: {
      ...way,
      session,
      protectedResources,
      vault: opened.vault,
      accessBy: access,
      authorize: listeners.authorize,
    },
    hear,
    watchRegistration: () => replacement() && checkRegistrationBy(activeWorker(), tripwires),
    install: async () => {
      const active = activeWorker();
      if (active?.scriptURL === scriptUrl) await takeOver({ ...handover, onTaken: () => session.sync() }, active);
      // A message may have come before, and found nothing.
      session.forget();
    },
    reseal: async () => {
      await opened.reseal().catch(() => {});
      await session.sync();
    },
  };
}
