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
 * Makes a response that no script can use, even in a frame of the same origin: it has an opaque origin by its sandbox, and
 * runs, loads, stores and tells nothing. Without this a mere error text would be a document of the origin from which a
 * page's script could go where the page's own policy does not let it.
 */
export function createInertResponse({ status, contentType, body, styleSource, headers }: InertResponse): Response {
  return new Response(body, {
    status,
    headers: { ...inertHeaders(styleSource), 'content-type': contentType, ...headers },
  });
}

/** The headers of {@link createInertResponse}. */
export function inertHeaders(styleSource: string = "'none'"): Readonly<Record<string, string>> {
  return {
    // The sandbox stands alone as far as framing goes: with `frame-ancestors` or X-Frame-Options beside it, WebKitGTK left
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
