import type { AuthorizationOptions } from '../../page/index.ts';
import type { Auth0ClientOptions, AuthorizationParams } from './options.ts';

/** Which the worker alone decides: the client, the API, where the response goes. */
const OF_THE_WORKER = /^(audience|client_id|id_token_hint|redirect_uri|response_(mode|type))$/;

/**
 * Turns the parameters of one sign-in into what the worker takes. What it does not allow, it refuses.
 *
 * @param parameters those that were given to this call
 * @param client what the client was made with
 */
export function toAuthorizationOptions(
  parameters: AuthorizationParams,
  client: Auth0ClientOptions,
): Omit<AuthorizationOptions, 'returnTo'> {
  const { prompt, max_age: maxAge, acr_values: acrValues, scope, ...others } = parameters;
  const given = Object.entries(others).filter(([name]) => !OF_THE_WORKER.test(name));
  const further = given.flatMap(([name, value]) =>
    typeof value === 'string' || typeof value === 'number' ? [[name, String(value)] as const] : [],
  );
  return {
    ...(prompt !== undefined && { prompt }),
    ...(maxAge !== undefined && { maxAge: Number(maxAge) }),
    ...(acrValues !== undefined && { acrValues: acrValues.split(' ') }),
    // Without a scope of its own, a sign-in asks for those of the worker's configuration.
    ...(scope !== undefined && { scopes: scopesOf(scope, client) }),
    ...(further.length > 0 && { parameters: Object.fromEntries(further) }),
  };
}

/** A sign-in's scopes come to those of the client. */
function scopesOf(scope: string, { authorizationParams, useRefreshTokens }: Auth0ClientOptions): readonly string[] {
  const own = `openid ${authorizationParams?.scope ?? ''} ${useRefreshTokens === true ? 'offline_access' : ''} ${scope}`;
  return Array.from(new Set(own.split(' ').filter((word) => word !== '')));
}
