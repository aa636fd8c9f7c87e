import { ROGUE_REPORTER } from './naive-scripts.ts';

/** Faults of an isolated callback, of what its origin serves, and of the app's server that gets the response; one at a time. */
export type CallbackFault =
  /** The document mixes query and fragment, takes its action from them, and passes on every name. */
  | 'mixes sources'
  /** Every answer of the origin lets other origins read it, with credentials. */
  | 'allows other origins'
  /** Every answer of the origin has `Access-Control-Allow-Origin: *`, as many static hosts send it. */
  | 'allows every origin'
  /** The origin redirects to the app. */
  | 'redirects to the app'
  /** The origin serves another document, and scripts. */
  | 'serves more'
  /** The document shows a parameter as HTML, and no policy keeps scripts from running. */
  | 'shows a parameter'
  /** The document keeps the response in its URL, and tells that URL to the page after it. */
  | 'tells its URL'
  /** The server of the app gives the response back, and no document keeps the opener from reading it. */
  | 'repeats the response'
  /** The server of the app posts the response on to where a cookie says, and no policy keeps the form from going there. */
  | 'posts the response on';

/** Path of the document that the origin serves besides, with {@link CallbackFault} `serves more`. */
export const OTHER_DOCUMENT = '/other';

/** Path of a script that the origin serves besides. */
export const OTHER_SCRIPT = '/other.js';

/** Cookie that says where the app's server posts the response on to. */
export const POST_ON_COOKIE = 'post-on';

/** An isolated callback that attacks break: as shipped, until it is told its fault. */
export class WeakCallback {
  #fault: CallbackFault | undefined;

  /** Breaks the callback in one way, or repairs it. */
  break(fault: CallbackFault | undefined): void {
    this.#fault = fault;
  }

  /** Changes an answer of the callback's origin. */
  readonly alter = (answer: Response, appCallback: string, request: Request): Response => {
    const isDocument = answer.status === 200;
    switch (this.#fault) {
      case 'mixes sources':
        return isDocument ? documentWith(appCallback, MIXING_SCRIPT) : answer;
      case 'allows other origins':
        return withHeaders(answer, {
          'access-control-allow-origin': request.headers.get('origin') ?? '*',
          'access-control-allow-credentials': 'true',
        });
      case 'allows every origin':
        return withHeaders(answer, { 'access-control-allow-origin': '*' });
      case 'redirects to the app':
        return new Response(null, { status: 302, headers: { location: new URL('/plain', appCallback).href } });
      case 'serves more':
        return otherAnswer(new URL(request.url)) ?? answer;
      case 'shows a parameter':
        return isDocument ? documentWith(appCallback, SHOWING_SCRIPT) : answer;
      case 'tells its URL':
        return isDocument ? documentWith(appCallback, PLAIN_SCRIPT, { 'referrer-policy': 'unsafe-url' }) : answer;
      case 'repeats the response':
        return withHeaders(answer, { 'cross-origin-opener-policy': 'unsafe-none' });
      case 'posts the response on':
        return isDocument ? documentWith(appCallback, PLAIN_SCRIPT) : answer;
      case undefined:
        return answer;
    }
  };

  /** Answers as the app's server, where no worker takes the response. */
  readonly answerAsApp = async (request: Request): Promise<Response | undefined> => {
    if (request.method !== 'POST' || new URL(request.url).pathname !== '/auth/callback') return undefined;
    if (this.#fault === 'repeats the response') {
      return new Response(`<!doctype html><title>Not found</title><p>${await request.text()}</p>`, {
        headers: { 'content-type': 'text/html' },
      });
    }
    const target = new RegExp(`${POST_ON_COOKIE}=([^;]+)`).exec(request.headers.get('cookie') ?? '')?.[1];
    if (this.#fault !== 'posts the response on' || target === undefined) return undefined;
    return new Response(null, { status: 307, headers: { location: decodeURIComponent(target) } });
  };
}

const SUBMIT = `
const form = document.querySelector('form');
for (const [name, value] of all) form.append(Object.assign(document.createElement('input'), { name, value }));
HTMLFormElement.prototype.submit.call(form);`;

const PLAIN_SCRIPT = `const all = new URLSearchParams(location.search || location.hash.slice(1));${SUBMIT}`;

const MIXING_SCRIPT = `
const all = new URLSearchParams(location.search.slice(1) + '&' + location.hash.slice(1));
if (all.has('action')) document.querySelector('form').action = all.get('action');${SUBMIT}`;

const SHOWING_SCRIPT = `
const description = new URLSearchParams(location.search).get('error_description');
if (description) document.write(description);`;

/** Creates a document of the callback without any header of the shipped one. */
function documentWith(appCallback: string, script: string, headers: Readonly<Record<string, string>> = {}): Response {
  const html = `<!doctype html><title>Callback</title><form method="post" action="${appCallback}"></form>`;
  return new Response(`${html}<script>${script}</script>`, { headers: { 'content-type': 'text/html', ...headers } });
}

function otherAnswer({ pathname }: URL): Response | undefined {
  if (pathname === OTHER_SCRIPT)
    return new Response(ROGUE_REPORTER, { headers: { 'content-type': 'text/javascript' } });
  if (pathname !== OTHER_DOCUMENT) return undefined;
  const script = `<script>document.write(new URLSearchParams(location.search).get('text'))</script>`;
  return new Response(`<!doctype html><title>Other</title>${script}`, { headers: { 'content-type': 'text/html' } });
}

function withHeaders(answer: Response, headers: Readonly<Record<string, string>>): Response {
  const copy = new Response(answer.body, answer);
  for (const [name, value] of Object.entries(headers)) copy.headers.set(name, value);
  return copy;
}
