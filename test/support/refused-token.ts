import type { Api } from '../servers/api.ts';

/** Makes the API refuse the access token of the next calls as invalid, as if it had expired: the app renews it. */
export function refuseAccessToken({ faults }: Pick<Api, 'faults'>, times: number = 1): void {
  faults.plan(
    ({ path, authorizationScheme }) => path === '/api/me' && authorizationScheme !== undefined,
    { stage: 'before', answer: { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } } },
    times,
  );
}
