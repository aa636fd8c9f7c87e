import { isTokenwardError, TokenwardError } from '../../src/protocol/error.ts';
import type { PopupEnd } from '../../src/protocol/popup.ts';
import type { ResponseDelivery } from '../../src/configuration/parse-configuration.ts';
import { stateOf } from '../oauth/authorization-response.ts';
import { isMemoryRefused, queryOfPending, queryWithoutMemory } from '../oauth/renewal-request.ts';
import type { AuthorizationRequest, PreparedAuthorization } from '../oauth/authorization-request.ts';
import type { AllowedRequest } from '../oauth/parse-authorization-request.ts';
import type { PendingAuthorization, PendingAuthorizations } from '../oauth/pending-authorization.ts';
import type { TokenSession } from '../session/token-session.ts';
import type { TokenSet } from '../session/token-set.ts';
import type { AuthorizationResponse } from './authorization-response.ts';
import type { PopupEnds } from './popup-ends.ts';

/** Dependencies of the flow. */
export interface AuthorizationFlowParts {
  readonly session: TokenSession;
  readonly pendings: PendingAuthorizations;
  readonly popups: PopupEnds;
  /** Part of a navigation in which the responses to this app's requests come. */
  readonly delivery: ResponseDelivery;
  readonly prepare: (request: AuthorizationRequest) => Promise<PreparedAuthorization>;
  readonly exchange: (parameters: URLSearchParams, pending: PendingAuthorization) => Promise<TokenSet>;
  /** Path of the worker's login endpoint. */
  readonly login: string;
  /** Part of the configuration that limits the sign-ins of pages. */
  readonly allowed: AllowedRequest;
  /** Path of the app. The browser goes there after a response that belongs to no sign-in of the app. */
  readonly base: string;
  /** Called for a response to a request that this worker does not know. */
  readonly tellForeign: () => void;
}

/** Two halves of a sign-in: the request, and its response. */
export class AuthorizationFlow {
  readonly #parts: AuthorizationFlowParts;
  /** Paths to which the responses lead that are being processed now, by their states. */
  readonly #processing: Map<string, Promise<string>> = new Map();

  constructor(parts: AuthorizationFlowParts) {
    this.#parts = parts;
  }

  /**
   * Stores the authorization request.
   *
   * @returns its URL; `undefined` if so many sign-ins are pending that the tab must be asked for its name
   */
  async request(request: AuthorizationRequest): Promise<URL | undefined> {
    const { url, pending } = await this.#prepare(request);
    return (await this.#parts.pendings.add(pending)) ? url : undefined;
  }

  /**
   * Processes an authorization response. It never rejects: the session records the error. A response that comes again while it is
   * processed, as after a reload, leads to the same path: the navigation before it is gone, and with it the path that it was given.
   *
   * @param response the response as it reached the worker
   * @returns the path of this origin where the browser goes next
   */
  async processResponse({ parameters, delivery }: AuthorizationResponse): Promise<string> {
    const { session, delivery: expected, tellForeign } = this.#parts;
    if (delivery !== expected) {
      // Leave the pending sign-in alone: its own response comes by the other delivery.
      tellForeign();
      await session.fail(otherDelivery(delivery, expected));
      return this.#home();
    }
    const state = stateOf(parameters);
    const running = this.#processing.get(state);
    if (running) return running;
    const next = this.#processOnce(parameters, state).finally(() => this.#processing.delete(state));
    this.#processing.set(state, next);
    return next;
  }

  /**
   * Notes that a sign-in did not end well. One in a pop-up leaves the session as it is: the page that has opened the window is notified.
   *
   * @param popupId name of the pop-up; `undefined` for a sign-in in the window of the page
   */
  async fail(error: unknown, popupId: string | undefined): Promise<void> {
    if (popupId === undefined) await this.#parts.session.fail(error);
    else await this.#parts.popups.end(popupId, error);
  }

  /** Returns the end of a sign-in in a pop-up, after the responses that are being processed; `undefined` if it has not ended. */
  async popupEnd(popupId: string): Promise<PopupEnd | undefined> {
    await Promise.all(this.#processing.values());
    return this.#parts.popups.find(popupId);
  }

  /** Prepares a request. A server may refuse a pushed one for what it holds of the session before. */
  async #prepare(request: AuthorizationRequest): Promise<PreparedAuthorization> {
    const { prepare } = this.#parts;
    try {
      return await prepare(request);
    } catch (error) {
      if (!request.idTokenHint || !isMemoryRefused(request.memory, error)) throw error;
      return prepare({ ...request, idTokenHint: undefined });
    }
  }

  /** Processes a response whose state no other response has at this moment. */
  async #processOnce(parameters: URLSearchParams, state: string): Promise<string> {
    const { pendings, popups, login, allowed } = this.#parts;
    let pending: PendingAuthorization | undefined;
    try {
      pending = await pendings.attempt(state);
      await this.#startSession(parameters, pending);
      if (pending?.popupId !== undefined) await popups.end(pending.popupId);
    } catch (error) {
      if (pending?.attempted && isTokenwardError(error) && error.code === 'token_request_refused') {
        // The worker was stopped after the code was used and before its tokens were written down: ask once more. The request stays
        // until it is too old: the user may reload before the browser has gone there.
        return `${login}?${queryOfPending(pending, allowed)}`;
      }
      if (isMemoryRefused(pending?.renewal?.memory, error) && pending && (await this.#isSignedOut())) {
        await pendings.remove(state);
        return `${login}?${queryWithoutMemory(pending, allowed)}`;
      }
      await this.fail(error, pending?.popupId);
    }
    if (pending) await pendings.remove(state);
    return pending?.returnTo ?? this.#home();
  }

  async #startSession(parameters: URLSearchParams, pending: PendingAuthorization | undefined): Promise<void> {
    const { session, exchange, tellForeign } = this.#parts;
    if (!pending) tellForeign();
    // Parameters without a value count as omitted (RFC 6749, section 3.1).
    if (parameters.get('access_token') || (parameters.get('id_token') && !parameters.get('code'))) throw tokenInUrl();
    if (!pending) throw foreignResponse();
    const signOuts = await session.signOuts();
    await session.start(await exchange(parameters, pending), { signOuts, renewal: pending.renewal });
  }

  async #isSignedOut(): Promise<boolean> {
    return (await this.#parts.session.view()).status === 'signed-out';
  }

  /**
   * Returns the start of the app, with a fragment that is not empty, whatever the browser: the code of another party's flow may stand in
   * the fragment before it. To routers in the fragment, this one is the start.
   */
  #home(): string {
    return `${this.#parts.base}#/`;
  }
}

function tokenInUrl(): TokenwardError {
  return new TokenwardError(
    'authorization_response_invalid',
    'The response holds a token, not a code, in the URL, where it leaks (implicit flow; RFC 9700, section 2.1.2). ' +
      'Set "code" as response type at the server.',
  );
}

function foreignResponse(): TokenwardError {
  return new TokenwardError(
    'authorization_response_invalid',
    'The authorization response is not one that this app waits for. Sign in again.',
  );
}

function otherDelivery(actual: ResponseDelivery, expected: ResponseDelivery): TokenwardError {
  return new TokenwardError(
    'authorization_response_invalid',
    `An authorization response came in a ${actual}, and this app accepts only a ${expected}. Another page may have ` +
      'started that sign-in. If this app did, check "redirectUri" and "responseMode" of the configuration.',
  );
}
