import type { Session } from '../../src/protocol/session.ts';

/** Name in the query of the login endpoint's address where a sign-in in a pop-up ends. */
const CLOSING = 'closing';

const STYLE =
  ':root{color-scheme:light dark;font:1rem/1.6 system-ui,sans-serif}body{min-height:90vh;display:grid;place-items:center;text-align:center}';

const SCRIPT = 'close()';

/**
 * Returns where a sign-in in a pop-up ends. It has a fragment of its own, so that the redirect to it inherits none, which may hold a code.
 *
 * @param login path of the worker's login endpoint
 */
export function closingPath(login: string): string {
  return `${login}?${CLOSING}#_`;
}

/** Whether the query of the login endpoint is that of the end of a sign-in in a pop-up. */
export function isClosing(query: URLSearchParams): boolean {
  return query.has(CLOSING);
}

/**
 * Creates the document in which a sign-in in a pop-up ends. It closes the window, and asks the user to where the browser does not allow it:
 * anyone may have written a link to it, too. It knows nothing of the sign-in: the worker notifies the page.
 *
 * @param status whether there is a session: what the document says is true in any window
 */
export async function closeWindow(status: Session['status']): Promise<Response> {
  const [title, advice] =
    status === 'signed-in'
      ? ['You are signed in', 'You can close this window.']
      : ['You are not signed in', 'You can close this window, and try again in the app.'];
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title}</title><style>${STYLE}</style><main><h1>${title}.</h1><p>${advice}</p></main><script>${SCRIPT}</script></html>
`;
  const sources = [`style-src ${await hashSource(STYLE)}`, `script-src ${await hashSource(SCRIPT)}`];
  return new Response(html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; ${sources.join('; ')}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  });
}

/** Returns the source expression for an inline style or script (Content Security Policy Level 3, section 2.3.1). */
async function hashSource(content: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(content));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
}
