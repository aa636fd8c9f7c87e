import type { AuthorizationOptions } from '../../page/index.ts';
import type { Auth0ClientOptions, AuthorizationParams } from './options.ts';

/** Parameters that only the worker sets: the client, the API, the target of the response. */
const OF_THE_WORKER = /^(audience|client_id|id_token_hint|redirect_uri|response_(mode|type))$/;

/**
 * Converts the parameters of one sign-in to the worker's options. The worker refuses those that its configuration does not
 * allow.
 *
 * @param parameters parameters of this call
 * @param client options of the client
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
    // Without a scope of its own, a sign-in requests those of the worker's configuration.
    ...(scope !== undefined && { scopes: scopesOf(scope, client) }),
    ...(further.length > 0 && { parameters: Object.fromEntries(further) }),
  };
}

/** Adds the scopes of the client to those of the sign-in. */
function scopesOf(scope: string, { authorizationParams, useRefreshTokens }: Auth0ClientOptions): readonly string[] {
  const own = `openid ${authorizationParams?.scope ?? ''} ${useRefreshTokens === true ? 'offline_access' : ''} ${scope}`;
  return Array.from(new Set(own.split(' ').filter((word) => word !== '')));
}
