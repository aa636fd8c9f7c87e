import * as oauth from 'oauth4webapi';
import { hasStrings } from '../../src/protocol/json.ts';
import type { TokenTarget } from '../../src/configuration/token-target.ts';
import type { Token } from '../vault/token.ts';
import type { OAuthContext } from './context.ts';
import { dpopHandle } from './dpop.ts';
import { tokenEndpointError } from './failure.ts';
import { tolerateTokenResponse } from './harmless-deviations.ts';
import type { RequestOptions } from './request-options.ts';
import { splitScopes, targetParameters } from './target.ts';

/** Options of oauth4webapi for a token request. */
export interface TokenRequestOptions extends RequestOptions {
  readonly additionalParameters: URLSearchParams;
  readonly DPoP?: oauth.DPoPHandle;
}

/** Wishes of who requests tokens. */
export interface TokenWishes {
  /** Scopes that the sign-in asked for. */
  readonly scopes: readonly string[];
  /** Target of the access token. */
  readonly target: TokenTarget;
  /** Key pair that the tokens are to be bound to. */
  readonly dpopKey: Token<'dpop_key'> | undefined;
}

/** A token request that can be sent. */
export interface TokenRequest extends TokenWishes {
  readonly server: oauth.AuthorizationServer;
  readonly options: TokenRequestOptions;
  /** Sends the request: to the server, or to the relay of the app. */
  readonly sendToEndpoint: RequestOptions[typeof oauth.customFetch];
  /** Splits the `scope` of the response. */
  readonly splitScopes: (scope: string) => readonly string[];
  /** Time of the request, in milliseconds since the epoch: its tokens are not younger. */
  readonly sentAtMs: number;
}

/**
 * Prepares a token request. One time limit reaches from the metadata to the keys, also where the server has it asked again: the lease of a
 * refresh is no longer.
 *
 * @throws {@link TokenwardError} `issuer_unreachable`, `issuer_invalid`
 */
export async function prepareTokenRequest(context: OAuthContext, wishes: TokenWishes): Promise<TokenRequest> {
  const { scopes, target, dpopKey } = wishes;
  const { configuration } = context;
  const deadline = context.requestOptions.signal('');
  const server = await context.metadata();
  const sentAtMs = context.now();
  const options: TokenRequestOptions = {
    ...context.requestOptions,
    signal: () => deadline,
    additionalParameters: targetParameters(target, scopes, configuration),
    ...(dpopKey && { DPoP: await dpopHandle(context, dpopKey) }),
  };
  const split = (scope: string): readonly string[] => splitScopes(scope, configuration.authorizationServer);
  const { [oauth.customFetch]: sendToEndpoint } = context.endpointOptions('token');
  return { ...wishes, server, options, sendToEndpoint, splitScopes: split, sentAtMs };
}

/**
 * Sends a token request, and once more with a proof that holds a nonce if the server asks for that (RFC 9449, section 8).
 *
 * @returns the answer without its harmless deviations
 * @throws {@link TokenwardError} `token_endpoint_unavailable` if there is no answer
 */
export async function sendTokenRequest(
  { options: usual, sendToEndpoint, dpopKey }: TokenRequest,
  send: (options: TokenRequestOptions) => Promise<Response>,
): Promise<Response> {
  const options = { ...usual, [oauth.customFetch]: sendToEndpoint };
  try {
    const response = await send(options);
    return await tolerateTokenResponse(dpopKey && (await asksForNonce(response)) ? await send(options) : response);
  } catch (error) {
    throw tokenEndpointError(error);
  }
}

async function asksForNonce(response: Response): Promise<boolean> {
  if (response.ok) return false;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  const challenge = response.headers.get('www-authenticate') ?? '';
  return (hasStrings(body, 'error') && body.error === NONCE_WANTED) || challenge.includes(NONCE_WANTED);
}

const NONCE_WANTED = 'use_dpop_nonce';
