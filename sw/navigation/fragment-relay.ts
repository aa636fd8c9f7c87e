/**
 * A document that sends the fragment of its URL to the worker, in the query: Firefox and WebKit show a worker no fragments.
 * The fragment may hold the code of a flow that somebody else's script began in a frame: `sandbox` makes the document of
 * another origin than any page, so that none of them can read its URL, nor what it does.
 *
 * @returns the answer to a navigation to the redirect URI that seems to hold no authorization response
 */
export function relayFragment(): Response {
  return new Response('<script>location.replace("?fragment&"+location.hash.slice(1))</script>', {
    headers: {
      'content-type': 'text/html',
      'content-security-policy': "sandbox allow-scripts;default-src 'none';script-src 'unsafe-inline'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
  });
}
