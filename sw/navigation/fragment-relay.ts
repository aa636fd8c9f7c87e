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
  return relay(scriptString(path));
}

/**
 * Creates a document that goes on to a page of the app, which sees the address of this one as its referrer. No redirect and no fragment is
 * behind it, and WebKit follows no `Refresh` of a worker.
 *
 * Redirects keep the referrer of the page that left. If it is of another origin, the server has shown a page in between, and the address
 * says so.
 *
 * @param path a path of this origin, as the URL Standard serializes it
 * @param observe whether the server answers by redirects: a form that it posts is a page, too
 */
export function landAt(path: string, observe: 'referrer' | 'nothing'): Response {
  const seen = observe === 'referrer' ? MARK_SHOWN_PAGE : '';
  return relay(scriptString(path), seen, { contentSecurityPolicy: SCRIPT_ALONE, referrerPolicy: 'same-origin' });
}

/**
 * Creates a document that begins the sign-in of its address once more, with the name of its tab. Another site that leads a window to the
 * sign-in again and again cannot change the name.
 *
 * @param parameter name of the parameter for the name of the tab
 * @param proof value that no other site knows; it stands before the name
 */
export function askTab(parameter: string, proof: string): Response {
  const target = `"?"+location.search.slice(1)+${JSON.stringify(`&${parameter}=${proof}.`)}+t`;
  return relay(target, ASK_TAB, { contentSecurityPolicy: SCRIPT_ALONE, referrerPolicy: 'no-referrer' });
}

const ASK_TAB = 'let t="";try{t=sessionStorage["tokenward tab"]??=crypto.randomUUID()}catch{}';

/** Returns a path as a string of JavaScript. Without `<`, nothing in it can end the script element. */
function scriptString(path: string): string {
  return JSON.stringify(path.replaceAll('<', '%3C'));
}

const MARK_SHOWN_PAGE =
  'const{referrer:r}=document;if(r&&!r.startsWith(location.origin+"/"))history.replaceState(null,"",location.search+"&shown");';

const SCRIPT_ALONE = "default-src 'none';script-src 'unsafe-inline'";

/**
 * Headers of a relay. The fragment may contain the code of a flow that another party's script began in a frame: `sandbox` gives the document
 * another origin than any page, so that no page can read its URL or its actions.
 */
const OUT_OF_SIGHT = {
  contentSecurityPolicy: `sandbox allow-scripts;${SCRIPT_ALONE}`,
  referrerPolicy: 'no-referrer',
} as const;

function relay(
  target: string,
  before = '',
  { contentSecurityPolicy, referrerPolicy }: Readonly<Record<keyof typeof OUT_OF_SIGHT, string>> = OUT_OF_SIGHT,
): Response {
  return new Response(`<script>${before}location.replace(${target})</script>`, {
    headers: {
      'content-type': 'text/html',
      'content-security-policy': contentSecurityPolicy,
      'referrer-policy': referrerPolicy,
      'cache-control': 'no-store',
    },
  });
}
