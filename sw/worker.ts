import { TokenwardError } from '../src/protocol/error.ts';
import type { Session } from '../src/protocol/session.ts';
import { hasStrings } from '../src/protocol/json.ts';
import { isOfSameClient } from '../src/configuration/fingerprint.ts';
import type { Configuration } from '../src/configuration/parse-configuration.ts';
import { traitsOf } from './fetch/explanation.ts';
import type { FetchListeners } from './fetch/listeners.ts';
import { waitForEarlierVersions } from './lifecycle/earlier-versions.ts';
import { takeOver } from './lifecycle/handover-payload.ts';
import { checkRegistrationBy, createMessageListener } from './messages.ts';
import { parseReturnTo } from './navigation/return-to.ts';
import { adoptTokens } from './oauth/adoption.ts';
import type { TokenAccess } from './oauth/access.ts';
import { authorizationEndpoint } from './oauth/authorization-request.ts';
import { endsServerSession } from './oauth/end-session.ts';
import { parseAuthorizationRequest } from './oauth/parse-authorization-request.ts';
import { parseRenewalHint } from './oauth/renewal-request.ts';
import {
  activeWorker,
  claimClients,
  delay,
  isOnline,
  listWindows,
  onVersionMessage,
  origin,
  registrationScope,
  scriptUrl,
  waitingWorker,
  warn,
} from './platform.ts';
import { activateAtOnce } from './activate-at-once.ts';
import { composeRequests } from './compose-requests.ts';
import { createCallHandlers } from './rpc/call-handlers.ts';
import { createNotifyPages } from './rpc/notify-pages.ts';
import { deleteSessionCaches } from './session-caches.ts';
import { composeSession, type ScriptSecrets } from './compose-session.ts';
import type { TokenwardParts } from './tokenward.ts';

/** Parts of the worker, put together: one member for each event. */
export interface TokenwardWorker extends Pick<FetchListeners, 'answerFirst' | 'answerLast' | 'noteOther'> {
  /** Parts that requests of the worker's own code use. */
  readonly parts: TokenwardParts<TokenAccess>;
  /** Receives a message of a page, of another version of this worker, or of its own. */
  readonly receiveMessage: (event: ExtendableMessageEvent) => void;
  /** Checks whether another worker is about to take this one's place. */
  readonly watchRegistration: () => void;
  /** Takes over from the version before. */
  readonly install: () => Promise<void>;
  /** Seals anew what the version before has left. */
  readonly activate: () => Promise<void>;
}

/**
 * Puts the worker together. It begins to read the session, which nearly every event needs.
 *
 * @param configuration the checked configuration
 * @param secrets what the server has put into the worker script
 * @param onSession receives every change of the session
 */
export function createWorker(
  configuration: Configuration,
  { unlocked, relayIdentity }: ScriptSecrets,
  onSession?: (session: Session) => void,
): TokenwardWorker {
  /** Passes what changes to the version that has taken over a vault in memory. */
  let tellSuccessor: (() => Promise<void>) | undefined;
  const notifyPages = createNotifyPages({ registrationScope, listWindows });
  const composition = composeSession(configuration, {
    unlocked,
    relayIdentity,
    notifyPages,
    onSession: (view) => {
      void tellSuccessor?.();
      onSession?.(view);
    },
  });
  const { fingerprint, opened, oauth, session, notice, tripwires, flow, replacement } = composition;
  const { listeners, watch, own, explain, userInfo, claimsProofs } = composeRequests(
    configuration,
    composition,
    notifyPages,
  );
  const handlers = createCallHandlers({
    configuration,
    session,
    flow,
    parseReturnTo: (value) => parseReturnTo(value, { origin, base: configuration.base, warn }),
    parseRenewalHint: (hint) => parseRenewalHint(hint, configuration),
    checkLogin: async (query) => {
      parseAuthorizationRequest(configuration, query, { returnTo: '/', proven: await claimsProofs.verify(query) });
      await notice(authorizationEndpoint)(oauth);
      // A browser without a network would show its own error page in place of the app. It may be wrong about loopback: ask.
      if (!isOnline()) await oauth.probe();
    },
    checkLogout: async () => {
      const isAtServer = await endsServerSession(oauth).catch(() => undefined);
      if (isAtServer === false) return 'local';
      if (isOnline()) return 'server';
      await oauth.probe().catch((cause: unknown) => {
        throw new TokenwardError(
          'issuer_unreachable',
          'The tokens are deleted, but there is no network to end the session at the authorization server. Sign out again later.',
          { cause },
        );
      });
      return 'server';
    },
    adopt: notice((tokens) => adoptTokens(oauth, tokens)),
    explain: (sketch) => explain(new URL(sketch.url), traitsOf(sketch, origin)),
    watch: watch.begin,
    endUnregistered: () => tripwires.trip('worker_unregistered'),
    userInfo,
    noteLimits: async (report) => session.limits?.note(report),
    clearCaches: deleteSessionCaches,
    claimClients,
    takeOver: activateAtOnce,
  });
  const handover = {
    openVault: opened,
    fingerprint,
    isOfSameClient: (other: string) => isOfSameClient(other, configuration),
  };
  const receiveMessage = createMessageListener({
    handlers,
    tripwires,
    handover,
    onSuccessor: (tell) => {
      tellSuccessor = tell;
    },
  });
  // Page script may send this too: it can sign out anyway.
  onVersionMessage((message) => {
    if (hasStrings(message, 'signedOut')) void session.endSignedOut(message.signedOut);
  });
  // Before the first event, which usually waits for it. Pending revocations are tried again.
  void session.sendRevocations();
  return {
    ...listeners,
    parts: own,
    receiveMessage,
    watchRegistration: () => replacement() && checkRegistrationBy(activeWorker(), tripwires),
    install: async () => {
      const isAnyWaiting = (): boolean => waitingWorker()?.scriptURL === scriptUrl;
      await waitForEarlierVersions(isAnyWaiting, delay);
      const active = activeWorker();
      if (active?.scriptURL === scriptUrl) await takeOver({ ...handover, onTaken: () => session.sync() }, active);
      // A message may have come earlier, and found no session.
      session.forget();
    },
    activate: async () => {
      await opened.reseal().catch(() => {});
      await session.sync();
    },
  };
}
