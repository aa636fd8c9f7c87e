import type { Api } from '../servers/api.ts';
import type { Fault } from '../servers/faults.ts';

const INVALID_TOKEN: Fault = {
  stage: 'before',
  answer: { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
};

/** Makes the API refuse the access token of the next call as invalid, as if it had expired: the app renews it. */
export function refuseAccessToken({ faults }: Pick<Api, 'faults'>): void {
  faults.plan(
    ({ path, authorizationScheme }) => path === '/api/me' && authorizationScheme !== undefined,
    INVALID_TOKEN,
  );
}

/**
 * Makes the API refuse one access token as invalid: the one that the next call carries, in every call that carries it. Whichever of
 * several calls at the same time comes first, and whenever a replay comes, all calls with that token are refused, and no others.
 */
export function revokeAccessToken({ faults }: Pick<Api, 'faults'>): void {
  let revoked: string | undefined;
  faults.plan(
    ({ tokenDigest }) => tokenDigest !== undefined && tokenDigest === (revoked ??= tokenDigest),
    INVALID_TOKEN,
    Infinity,
  );
}
