import type * as oauth from 'oauth4webapi';

/** Options of oauth4webapi for every request to the authorization server. */
export interface RequestOptions {
  [oauth.customFetch]: (url: string, options: oauth.CustomFetchOptions<string, unknown>) => Promise<Response>;
  [oauth.allowInsecureRequests]: boolean;
  signal: (url: string) => AbortSignal;
}
