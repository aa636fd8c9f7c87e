/**
 * Ends the redirects of a form post, and begins a new navigation. Chromium checks `form-action` of the document that has posted
 * against every redirect that follows, and the document of an isolated callback allows the app alone: a sign-in that begins
 * there would be blocked on its way to the authorization server.
 *
 * @param path a path of this origin, as a header can hold it
 * @see https://www.w3.org/TR/CSP3/#directive-form-action
 */
export function endRedirects(path: string): Response {
  return new Response('', {
    headers: {
      refresh: `0;url=${path}`,
      'content-type': 'text/html',
      'content-security-policy': "default-src 'none'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
  });
}
