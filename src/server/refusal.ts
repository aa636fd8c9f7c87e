import { createInertResponse } from './inert-response.ts';

/** Whether a request only reads (RFC 9110, section 9.2.1). This server accepts no other. */
export function isReadOnly(request: Request): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
}

/**
 * Responds with 403 and a reason. The response must not be stored: a stored refusal, or a stored script in its place, would
 * determine the result of the browser's next update check.
 *
 * @param reason reason for a developer who reads it in the browser's tools
 */
export function refuse(reason: string): Response {
  return explain(403, reason);
}

/** Answers 405 (RFC 9110, section 15.5.6). */
export function refuseMethod(): Response {
  return explain(405, 'Only GET and HEAD are answered here.', { allow: 'GET, HEAD' });
}

function explain(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Response {
  return createInertResponse({ status, contentType: 'text/plain; charset=utf-8', body: `${text}\n`, headers });
}
