/**
 * Creates a document that sends the fragment of its URL to the worker, in the query: Firefox and WebKit do not show fragments
 * to a worker.
 *
 * @returns the response to a navigation to the redirect URI that seems to contain no authorization response
 */
export function relayFragment(): Response {
  return relay('"?fragment&"+location.hash.slice(1)');
}

/**
 * Creates a document that goes on to a path, in the place of a redirect: what script goes to inherits no fragment.
 *
 * @param path a path of this origin, as the URL Standard serializes it
 * @returns the answer to a navigation that may have a fragment which a redirect cannot take away
 */
export function relayTo(path: string): Response {
  // Without `<`, nothing in the path can end the script element.
  return relay(JSON.stringify(path.replaceAll('<', '%3C')));
}

/**
 * Creates the document. The fragment may contain the code of a flow that another party's script began in a frame: `sandbox`
 * gives the document another origin than any page, so that no page can read its URL or its actions.
 */
function relay(target: string): Response {
  return new Response(`<script>location.replace(${target})</script>`, {
    headers: {
      'content-type': 'text/html',
      'content-security-policy': "sandbox allow-scripts;default-src 'none';script-src 'unsafe-inline'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
  });
}
