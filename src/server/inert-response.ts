import { formatPolicy } from './content-security-policy.ts';
import { GATE_HEADER } from './gate-header.ts';

/** A response that is no part of the app: an explanation, an error. */
export interface InertResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** The source expression of the body's one style; none by default. */
  readonly styleSource?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Creates a response that no script can use, even in a frame of the same origin: its sandbox gives it an opaque origin, and it
 * runs, loads and stores nothing. Otherwise even an error text would be a document of the origin without the policy of the
 * app's pages.
 */
export function createInertResponse({ status, contentType, body, styleSource, headers }: InertResponse): Response {
  return new Response(body, {
    status,
    headers: { ...inertHeaders(styleSource), 'content-type': contentType, ...headers },
  });
}

/** Returns the headers of {@link createInertResponse}. */
export function inertHeaders(styleSource: string = "'none'"): Readonly<Record<string, string>> {
  return {
    // Do not add other headers about framing to the sandbox: with `frame-ancestors` or X-Frame-Options, WebKitGTK left
    // the address of a frame readable for a second and a half.
    'content-security-policy': formatPolicy({
      sandbox: [],
      'default-src': ["'none'"],
      'style-src': [styleSource],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
    }),
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    [GATE_HEADER.name]: GATE_HEADER.value,
  };
}
