import { hasEnded, type Session } from '../src/protocol/session.ts';
import { fingerprintOf } from '../src/configuration/fingerprint.ts';
import type { Configuration } from '../src/configuration/parse-configuration.ts';
import type { RelayIdentity } from '../src/protocol/relay-proof.ts';
import { PolicyViolations } from './fetch/policy-violations.ts';
import { findReplacement, isUnregistered } from './lifecycle/registration.ts';
import { reportAlarm } from './lifecycle/report.ts';
import { Tripwires } from './lifecycle/tripwires.ts';
import { createUpdateCheck } from './lifecycle/update-check.ts';
import { AuthorizationFlow } from './navigation/authorization-flow.ts';
import { PopupEnds } from './navigation/popup-ends.ts';
import { prepareAuthorization } from './oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from './oauth/authorization-response.ts';
import { createOAuthContext } from './oauth/authorization-server.ts';
import type { OAuthContext } from './oauth/context.ts';
import { noticeFailures, type NoticeFailures } from './oauth/failure-notice.ts';
import { isOfAllowedTenant } from './oauth/issuer-template.ts';
import { createPendingAuthorizations } from './oauth/pending-authorization.ts';
import { refreshAccessToken } from './oauth/refresh.ts';
import { revokeTokens } from './oauth/revocation.ts';
import { explainUnreadable } from './oauth/unreadable-response.ts';
import {
  isOnline,
  monotonicNow,
  now,
  onPolicyViolation,
  origin,
  ownRegistration,
  schedule,
  scriptUrl,
  send,
  tellVersions,
  warn,
} from './platform.ts';
import { alarmNews, popupNews, sessionNews } from './rpc/announce.ts';
import type { NotifyPages } from './rpc/notify-pages.ts';
import { deleteSessionCaches } from './session-caches.ts';
import { TokenSession } from './session/token-session.ts';
import { type OpenVault, openVault, type UnlockedRecords } from './vault/open-vault.ts';

/** Parts of the worker around the session: where it is kept, what begins, renews and ends it. */
export interface SessionComposition {
  readonly fingerprint: string;
  readonly opened: OpenVault;
  readonly oauth: OAuthContext;
  readonly violations: PolicyViolations;
  /** Wraps a function that sends requests to the authorization server: its network errors say what is known of the cause. */
  readonly explainErrors: (sendRequest: typeof fetch) => typeof fetch;
  /** Wraps a function that calls the authorization server: a mismatch with the configuration is written to the console. */
  readonly notice: NoticeFailures;
  readonly session: TokenSession;
  readonly tripwires: Tripwires;
  readonly flow: AuthorizationFlow;
  /** Returns the URL of another worker's script that is about to take this one's place. */
  readonly replacement: () => string | undefined;
}

/** Secrets of the worker that the server has put into its script. */
export interface ScriptSecrets {
  /** Sealed records and their key; `undefined` where the script holds no secret. */
  readonly unlocked: UnlockedRecords | undefined;
  /** Identity of this worker at the relay of the app; `undefined` without a relay. */
  readonly relayIdentity: RelayIdentity | undefined;
}

/** Surroundings of the session. */
export interface SessionSurroundings extends ScriptSecrets {
  readonly notifyPages: NotifyPages;
  /** Receives every change of the session. */
  readonly onSession: (session: Session) => void;
}

/** Puts together the session, the tripwires that end it, and the flow that begins it. */
export function composeSession(
  configuration: Configuration,
  { unlocked, relayIdentity, notifyPages, onSession }: SessionSurroundings,
): SessionComposition {
  const { registrationScope, withoutSecret } = configuration;
  const fingerprint = fingerprintOf(configuration);
  const opened = openVault({ unlocked, withoutSecret, fingerprint, registrationScope, now });
  const violations = new PolicyViolations({ onPolicyViolation, schedule, warn });
  const explainErrors = explainUnreadable({
    origin,
    isOnline,
    isBlocked: (server) => violations.isBlocked(server),
    noteServer: (server) => violations.noteServer(server),
    probe: send,
    warn,
  });
  const oauth = createOAuthContext(configuration, {
    send: explainErrors(send),
    now,
    warn,
    discard: (tokens) => void session.discardRefused(tokens),
    relay: relayIdentity && {
      identity: relayIdentity,
      updateWorker: () =>
        void ownRegistration()
          .update()
          .catch(() => {}),
    },
  });
  const notice = noticeFailures(warn);
  const session = new TokenSession({
    vault: opened.vault,
    refresh: notice(async (tokens, target) => {
      const refreshed = await refreshAccessToken(oauth, tokens, target);
      void tripwires.checkRegistration();
      void checkUpdate();
      return refreshed;
    }),
    isServerReachable: () =>
      oauth.probe().then(
        () => true,
        () => false,
      ),
    revoke: (tokens) => revokeTokens(oauth, tokens),
    announce: (view) => {
      void notifyPages(sessionNews(view));
      onSession(view);
      if (hasEnded(view)) void deleteSessionCaches();
    },
    tellVersions: (sessionId) => tellVersions({ signedOut: sessionId }),
    isOnline,
    now,
    allows: (claims) => isOfAllowedTenant(configuration, claims),
    limited: configuration.session && { limits: configuration.session, monotonicNow },
    schedule,
    refreshBeforeExpiryMs: configuration.refreshBeforeExpiryMs,
    leaseMs: configuration.requestTimeoutMs + 5000,
  });
  const replacement = (): string | undefined => findReplacement(ownRegistration(), scriptUrl);
  const tripwires = new Tripwires({
    replacement,
    isUnregistered: () => isUnregistered(ownRegistration()),
    endSession: (error, fate) => session.end(error, fate),
    revoke: configuration.alarmAction === 'revoke' ? () => session.sendRevocations() : undefined,
    announce: (alarm) =>
      Promise.all([notifyPages(alarmNews(alarm)), reportAlarm(send, configuration.alarmReportUrl, alarm)]),
    now,
  });
  const checkUpdate = createUpdateCheck({ vault: opened.vault, registration: ownRegistration(), tripwires, now });
  const flow = new AuthorizationFlow({
    session,
    pendings: createPendingAuthorizations(opened.vault, now),
    popups: new PopupEnds({ view: () => session.view(), tell: (end) => notifyPages(popupNews(end)) }),
    delivery: configuration.responseDelivery,
    base: configuration.base,
    prepare: notice(async (request) =>
      prepareAuthorization(oauth, { ...request, maxAgeSeconds: await session.limits?.maxAgeSeconds() }),
    ),
    exchange: notice(async (parameters, pending) => {
      const tokens = await exchangeAuthorizationCode(oauth, parameters, pending);
      void checkUpdate();
      return tokens;
    }),
    login: configuration.endpoints.login,
    allowed: configuration,
    tellForeign: () => void tripwires.tell('foreign_response', 'reported'),
  });
  return { fingerprint, opened, oauth, violations, explainErrors, notice, session, tripwires, flow, replacement };
}
