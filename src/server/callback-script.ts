/**
 * Parameters of an authorization response that the document passes on (RFC 6749, sections 4.1.2 and 4.1.2.1; RFC 9207; OpenID
 * Connect Core 1.0, section 3.3.2.5; JARM). No access token: the implicit flow is refused.
 */
const NAMES: readonly string[] = ['code', 'error', 'error_description', 'iss', 'state', 'id_token', 'response'];

/** Text of the document until the browser has left. */
export const WAIT_TEXT = 'Completing the sign-in …';

/**
 * Creates the script of the callback document. It stands after the form, and runs while the document is parsed: a
 * navigation at that time replaces the entry of the history, so that Back skips it.
 *
 * `history.replaceState()` comes first. Otherwise the entry keeps the response where the POST ends without a document, and
 * Back posts it again. The fragment counts only where there is no query: two sources would let a page add its own parameters
 * to a response of the server. In a frame the script does nothing more.
 *
 * Chromium holds the policy of the document against redirects that follow the form. Where the app redirects the user to another
 * origin after the sign-in, it stops there, and the script goes on to the start page of the app. Firefox reports the icon that it
 * looks for, too, which must not end the sign-in.
 *
 * @param wait the text to show until the browser has left
 */
export function createCallbackScript(wait: string): string {
  return `
(() => {
  const response = new URLSearchParams(location.search.slice(1) || location.hash.slice(1));
  history.replaceState(null, '', location.pathname);
  if (window !== window.top || !['code', 'error', 'response'].some((name) => response.has(name))) return;
  const form = document.querySelector('form');
  for (const [name, value] of response) {
    if (!${JSON.stringify(NAMES)}.includes(name)) continue;
    const input = document.createElement('input');
    Object.assign(input, { type: 'hidden', name, value });
    form.append(input);
  }
  addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
    if (effectiveDirective === 'form-action') location.replace(new URL('..', form.action));
  });
  document.querySelector('p').textContent = ${JSON.stringify(wait)};
  HTMLFormElement.prototype.submit.call(form);
})();
`;
}
