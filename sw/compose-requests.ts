import type { AccessChallenge } from '../src/protocol/access-challenge.ts';
import type { Explanation } from '../src/protocol/explanation.ts';
import type { Claims } from '../src/protocol/session.ts';
import type { Configuration } from '../src/configuration/parse-configuration.ts';
import type { ProtectedResource } from '../src/configuration/protected-resource.ts';
import { mayBeAbandoned } from './fetch/abandoned-request.ts';
import type { AccessSource } from './fetch/access.ts';
import { noticeUnreadable } from './fetch/cors-notice.ts';
import { letEventSourceRetry } from './fetch/event-source.ts';
import { explainRequest } from './fetch/explanation.ts';
import { sendAuthenticated } from './fetch/handler.ts';
import { createFetchListeners, type FetchListeners } from './fetch/listeners.ts';
import {
  findProtectedResource,
  findUrlMismatch,
  rejectsRequest,
  type RequestTraits,
} from './fetch/protected-resource.ts';
import { createRecentNeedles } from './fetch/reflection.ts';
import { createRequestWatch, type RequestWatch } from './fetch/request-watch.ts';
import type { StepUpAnswers } from './fetch/request-step-up.ts';
import { StepUpNotices } from './fetch/step-up-notices.ts';
import { userInfoResource } from './fetch/user-info-resource.ts';
import { endpointFinder } from './navigation/endpoints.ts';
import { accessBy, type TokenAccess } from './oauth/access.ts';
import { ClaimsProofs } from './oauth/claims-proof.ts';
import { endSessionUrl, promptAfterSignOut } from './oauth/end-session.ts';
import { requestUserInfo } from './oauth/user-info.ts';
import {
  beaconMethods,
  emptyFragment,
  eventSourceRetry,
  isGone,
  isOnline,
  listWindows,
  now,
  origin,
  registrationScope,
  send,
  warn,
} from './platform.ts';
import { challengeNews, requestNews } from './rpc/announce.ts';
import type { NotifyPages } from './rpc/notify-pages.ts';
import { PageQuestions } from './rpc/page-questions.ts';
import type { SessionComposition } from './compose-session.ts';
import { InvalidTokenRenewal } from './session/invalid-token-renewal.ts';
import { laterToken } from './session/later-token.ts';
import type { TargetToken } from './session/token-refresh.ts';
import { UnauthorizedRenewal } from './session/unauthorized-renewal.ts';
import type { TokenwardParts } from './tokenward.ts';
import { createTagger } from './vault/tagger.ts';

/** Parts of the worker that requests pass through. */
export interface RequestComposition {
  readonly listeners: FetchListeners;
  readonly watch: RequestWatch;
  /** Parts that requests of the worker's own code use. */
  readonly own: TokenwardParts<TokenAccess>;
  /** Explains what the worker does with a request. */
  readonly explain: (url: URL, traits: RequestTraits) => Promise<Explanation>;
  /** Requests the claims of the user (OpenID Connect Core 1.0, section 5.3); `undefined` without a session. */
  readonly userInfo: () => Promise<Claims | undefined>;
  readonly claimsProofs: ClaimsProofs;
}

/** Puts together the listeners for requests, and the context that requests are sent in. */
export function composeRequests(
  configuration: Configuration,
  { opened, oauth, violations, explainErrors, notice, session, tripwires, flow }: SessionComposition,
  notifyPages: NotifyPages,
): RequestComposition {
  const { protectedResources, precedence } = configuration;
  const accessOf = (token: TargetToken | undefined): TokenAccess | undefined => token && accessBy(oauth, token);
  const unauthorized = new UnauthorizedRenewal(session, now);
  const invalid = new InvalidTokenRenewal(session, now);
  const source: AccessSource<TokenAccess> = {
    fresh: async (target) => accessOf(await session.fresh(target)),
    freshAfter: async ({ token }, rule) =>
      accessOf(await (rule === 'unauthorized' ? unauthorized : invalid).after(token)),
    noteOutcome: ({ token }, outcome, rule) =>
      (rule === 'unauthorized' ? unauthorized : invalid).noteOutcome(token, outcome),
  };
  const context = {
    source,
    send: noticeUnreadable({ send, origin, isOnline, warn, isBlocked: (api) => violations.isBlocked(api) }),
    tellReflection: (url: string): void => void tripwires.tell('token_reflected', 'stopped', url),
    recentNeedles: createRecentNeedles(now),
    now,
    isAbandoned: async () => false,
  };
  const claimsProofs = new ClaimsProofs({ tag: createTagger(() => opened.vault), protectedResources, now });
  const endSession = async (): Promise<URL | undefined> => endSessionUrl(oauth, await session.takeIdTokenHint());
  const endpointOf = endpointFinder({
    configuration,
    origin,
    emptyFragment,
    session,
    flow,
    endSession,
    promptAfterSignOut: () => promptAfterSignOut(oauth),
    verifyClaims: (query) => claimsProofs.verify(query),
    warn,
  });
  const listeners = createFetchListeners({
    origin,
    precedence,
    endpointOf,
    resourceOf: (url, request) => {
      const resource = findProtectedResource(protectedResources, request, url);
      const passes = resource?.withoutSession === 'pass' && !rejectsRequest(resource, request);
      return passes && session.passIfSignedOut() ? undefined : resource;
    },
    coversUrl: (url) => protectedResources.some((resource) => !findUrlMismatch(resource, url)),
    passOn: (request) => context.send(request),
    sendWithAccess: (request: Request, resource: ProtectedResource, clientId: string) => {
      const tell = (challenge: AccessChallenge, claimsRefusal?: string): void =>
        void stepUps.tell(challenge, { clientId, claimsRefusal });
      // Afterwards: no request waits for what the browser is asked then.
      const isAbandoned = async (): Promise<boolean> => mayBeAbandoned(request, beaconMethods) && isGone(clientId);
      const stepUpAnswers: StepUpAnswers<TokenAccess> = {
        ask: ({ challenge, claimsRefusal, ...question }) =>
          stepUps.tell(challenge, { clientId, claimsRefusal, question }),
        accessAfter: async ({ token }) => accessOf(await laterToken(session, token).catch(() => undefined)),
        noteUnmet: (challenge) => stepUps.noteUnmet(challenge),
      };
      const sent = sendAuthenticated(request, resource, { ...context, tell, stepUpAnswers, isAbandoned });
      return letEventSourceRetry(request, sent, eventSourceRetry).finally(() => tripwires.checkRegistrationThrottled());
    },
    see: (url, request) => watch.see(url, request),
    warn,
  });
  const questions = new PageQuestions({ registrationScope, listWindows });
  const stepUps = new StepUpNotices({
    configuration,
    prove: (claims) => claimsProofs.prove(claims),
    notify: async (challenge, { clientId, question }) => {
      const message = challengeNews(challenge);
      const isAnswered = question && (await questions.ask(message, { clientId, ...question }));
      if (isAnswered === undefined) await notifyPages(message, clientId);
      return isAnswered === true;
    },
    warn,
  });
  const explain = async (url: URL, traits: RequestTraits): Promise<Explanation> => {
    const isSignedIn = (await session.view()).status === 'signed-in';
    const explanation: Explanation = endpointOf(url, traits)
      ? { action: 'answer', reason: 'worker_endpoint' }
      : explainRequest(protectedResources, traits, { url, isSignedIn });
    const challenge = explanation.action === 'authorize' ? stepUps.last(traits.method, url) : undefined;
    return listeners.correct({ ...explanation, ...(challenge && { challenge }) }, url, traits);
  };
  const watch = createRequestWatch({ now, explain, tell: (seen) => void notifyPages(requestNews(seen)) });
  const userInfo = notice(async (): Promise<Claims | undefined> => {
    const view = await session.view();
    if (view.status === 'signed-out') return undefined;
    return requestUserInfo(oauth, view.claims.sub, (request) =>
      sendAuthenticated(request, userInfoResource(new URL(request.url)), {
        ...context,
        send: explainErrors(send),
        tell: () => {},
      }),
    );
  });
  const own = {
    ...context,
    session,
    protectedResources,
    vault: opened.vault,
    accessOf,
    noteOwn: listeners.noteOwn,
  };
  return { listeners, watch, own, explain, userInfo, claimsProofs };
}
