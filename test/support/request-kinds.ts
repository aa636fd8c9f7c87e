import type { Destination } from '../../src/protocol/explanation.ts';
import type { EngineName, EnginePage } from './engines/engine.ts';

/** Where a request of a kind goes. */
export interface Target {
  /** A URL of another origin, for what a page gets from there. */
  readonly api: string;
  /** A path of the app's origin, for navigations. */
  readonly path: string;
  /** A page of another site, which may send the user here. */
  readonly foreign: string;
}

/** Whether a request of a kind gets the token: `yes`, once its destination is `named`, `no`, or it is not sent at all. */
export type KindOutcome = 'yes' | 'named' | 'no' | 'unsent';

/** A kind of request, and how a page makes one. */
export interface RequestKind {
  readonly kind: string;
  /** Makes a request, in a page whose URL has no fragment; settles before or after it was answered. */
  readonly send: (page: EnginePage, target: Target) => Promise<unknown>;
  /** Where it goes to; the API by default. */
  readonly to?: 'api' | 'app';
  /** What has to be named for it to get the token. */
  readonly destination?: Destination;
  /** What becomes of it in each engine. */
  readonly outcomes: Readonly<Record<EngineName, KindOutcome>>;
  /** What to do where it gets none. */
  readonly instead?: string;
}

/** Puts an element into the page, and waits until it has loaded something or failed to. */
async function load(page: EnginePage, html: string): Promise<void> {
  await page.evaluate((markup) => {
    const box = document.createElement('div');
    box.innerHTML = markup;
    document.body.append(box);
  }, html);
}

/** Adds an element that only works when script makes it. */
async function make(page: EnginePage, name: string, attributes: Readonly<Record<string, string>>): Promise<void> {
  await page.evaluate(
    ([tag, values]) => {
      const element = document.createElement(tag);
      for (const [key, value] of Object.entries(values)) element.setAttribute(key, value);
      document.head.append(element);
    },
    [name, attributes] as const,
  );
}

async function style(page: EnginePage, css: string): Promise<void> {
  await load(page, `<style>${css}</style><p class="kind" style="font-family: Kind">Kind</p>`);
}

const BLOB = 'Fetch it, and use `URL.createObjectURL(blob)`';
const FRAME = 'Use `<iframe>`, or fetch it and use `URL.createObjectURL(blob)`';
const TICKET = 'Use a [ticket](#websockets)';

/** Returns the outcomes of a kind that is the same in all engines. */
function everywhere(outcome: KindOutcome): RequestKind['outcomes'] {
  return { chromium: outcome, firefox: outcome, webkit: outcome };
}

/** Creates a kind that shows something, and gets the token in all engines once its destination is named. */
function embedded(kind: string, destination: Destination, send: RequestKind['send']): RequestKind {
  return { kind, destination, send, outcomes: everywhere('named'), instead: BLOB };
}

/** Every kind of request that a page makes, and some that others make for it. */
export const REQUEST_KINDS: readonly RequestKind[] = [
  {
    kind: '`fetch()`',
    outcomes: everywhere('yes'),
    send: (page, { api }) => page.evaluate((url) => void fetch(url), `${api}/echo`),
  },
  {
    kind: '`fetch()` with `keepalive`',
    outcomes: { chromium: 'yes', firefox: 'no', webkit: 'yes' },
    instead: 'Leave `keepalive` out, or send JSON by `navigator.sendBeacon()`',
    send: (page, { api }) =>
      page.evaluate((url) => void fetch(url, { keepalive: true, method: 'POST' }), `${api}/echo`),
  },
  {
    kind: '`fetch()` of mode `no-cors`',
    outcomes: everywhere('named'),
    destination: 'beacon',
    send: (page, { api }) => page.evaluate((url) => void fetch(url, { mode: 'no-cors' }), `${api}/echo`),
  },
  {
    kind: '`XMLHttpRequest`',
    outcomes: everywhere('yes'),
    send: (page, { api }) =>
      page.evaluate((url) => {
        const xhr = new XMLHttpRequest();
        xhr.open('GET', url);
        xhr.send();
      }, `${api}/echo`),
  },
  {
    kind: '`XMLHttpRequest`, synchronous',
    outcomes: { chromium: 'no', firefox: 'yes', webkit: 'no' },
    instead: 'Use an asynchronous request',
    send: (page, { api }) =>
      page.evaluate((url) => {
        const xhr = new XMLHttpRequest();
        xhr.open('GET', url, false);
        xhr.send();
      }, `${api}/echo`),
  },
  {
    kind: '`EventSource`',
    outcomes: everywhere('yes'),
    send: (page, { api }) => page.evaluate((url) => void new EventSource(url), `${api}/events`),
  },
  {
    kind: '`navigator.sendBeacon()` of JSON',
    outcomes: everywhere('yes'),
    send: (page, { api }) =>
      page.evaluate((url) => navigator.sendBeacon(url, new Blob(['{}'], { type: 'application/json' })), `${api}/echo`),
  },
  {
    kind: '`navigator.sendBeacon()` of text or a form',
    outcomes: everywhere('named'),
    destination: 'beacon',
    instead: 'Send JSON',
    send: (page, { api }) => page.evaluate((url) => navigator.sendBeacon(url, 'text'), `${api}/echo`),
  },
  {
    kind: '`<a ping>`',
    outcomes: { chromium: 'named', firefox: 'unsent', webkit: 'named' },
    destination: 'beacon',
    instead: 'Use `navigator.sendBeacon()`',
    send: async (page, { api }) => {
      await load(page, `<a href="#pinged" ping="${api}/echo">ping</a>`);
      await page.click('a[ping]');
    },
  },
  {
    kind: '`fetch()` in a dedicated, shared or blob worker',
    outcomes: everywhere('yes'),
    send: (page, { api }) =>
      page.evaluate((url) => {
        const script = `fetch(${JSON.stringify(url)})`;
        void new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
      }, `${api}/echo`),
  },
  {
    kind: '`fetch()` in a `srcdoc` frame',
    outcomes: everywhere('yes'),
    send: (page, { api }) => load(page, `<iframe srcdoc="<script>fetch('${api}/echo')</script>"></iframe>`),
  },
  {
    kind: '`fetch()` of an `about:blank` frame',
    outcomes: { chromium: 'no', firefox: 'yes', webkit: 'yes' },
    instead: 'Use the page’s own `fetch()`',
    send: (page, { api }) =>
      page.evaluate((url) => {
        const frame = document.createElement('iframe');
        document.body.append(frame);
        void frame.contentWindow?.fetch(url);
      }, `${api}/echo`),
  },
  {
    kind: '`fetch()` in a sandboxed frame',
    outcomes: everywhere('no'),
    instead: 'Add `allow-same-origin`, or send a `postMessage()` to the surrounding page, which fetches it',
    send: (page, { api }) =>
      load(page, `<iframe sandbox="allow-scripts" srcdoc="<script>fetch('${api}/echo')</script>"></iframe>`),
  },
  {
    kind: '`<link rel="preload" as="fetch" crossorigin>`',
    outcomes: everywhere('yes'),
    send: (page, { api }) => make(page, 'link', { rel: 'preload', as: 'fetch', crossorigin: '', href: `${api}/echo` }),
  },
  {
    kind: '`<link rel="prefetch">`',
    outcomes: { chromium: 'named', firefox: 'named', webkit: 'unsent' },
    destination: 'beacon',
    instead: 'Fetch it',
    send: (page, { api }) => make(page, 'link', { rel: 'prefetch', href: `${api}/echo` }),
  },
  embedded('`<img>`', 'image', (page, { api }) => load(page, `<img src="${api}/image.png">`)),
  embedded('`<img crossorigin>`', 'image', (page, { api }) => load(page, `<img crossorigin src="${api}/image.png">`)),
  embedded('an image of a style sheet', 'image', (page, { api }) =>
    style(page, `.kind { background: url(${api}/image.png) }`),
  ),
  embedded('`<link rel="stylesheet">`', 'style', (page, { api }) =>
    make(page, 'link', { rel: 'stylesheet', href: `${api}/style.css` }),
  ),
  {
    kind: 'a font',
    outcomes: everywhere('named'),
    destination: 'font',
    instead: 'Fetch it, and use `new FontFace(name, buffer)`',
    send: (page, { api }) => style(page, `@font-face { font-family: Kind; src: url(${api}/font.woff2) }`),
  },
  embedded('`<script>`', 'script', (page, { api }) => make(page, 'script', { src: `${api}/script.js` })),
  embedded('`<script type="module">` and `import()`', 'script', (page, { api }) =>
    make(page, 'script', { type: 'module', src: `${api}/script.js` }),
  ),
  {
    kind: '`<audio>`',
    outcomes: { chromium: 'named', firefox: 'no', webkit: 'named' },
    destination: 'audio',
    instead: BLOB,
    send: (page, { api }) => load(page, `<audio preload="auto" src="${api}/audio.wav"></audio>`),
  },
  {
    kind: '`<video>`',
    outcomes: { chromium: 'named', firefox: 'no', webkit: 'named' },
    destination: 'video',
    instead: `${BLOB}, or Media Source Extensions`,
    send: (page, { api }) => load(page, `<video preload="auto" src="${api}/audio.wav"></video>`),
  },
  {
    kind: '`<track>`',
    outcomes: { chromium: 'named', firefox: 'named', webkit: 'unsent' },
    destination: 'track',
    instead: BLOB,
    send: (page, { api }) =>
      load(page, `<video crossorigin><track default kind="captions" src="${api}/track.vtt"></video>`),
  },
  {
    kind: '`<object>`',
    outcomes: everywhere('no'),
    to: 'app',
    instead: FRAME,
    send: (page, { path }) => load(page, `<object data="${path}"></object>`),
  },
  {
    kind: '`<embed>`',
    outcomes: everywhere('no'),
    to: 'app',
    instead: FRAME,
    send: (page, { path }) => load(page, `<embed src="${path}" type="text/html">`),
  },
  {
    kind: '`<iframe>`, same origin',
    outcomes: everywhere('named'),
    to: 'app',
    destination: 'iframe',
    instead: BLOB,
    send: (page, { path }) => load(page, `<iframe src="${path}"></iframe>`),
  },
  {
    kind: '`<iframe>`, another origin',
    outcomes: everywhere('no'),
    instead: 'Serve it from the app’s origin',
    send: (page, { api }) => load(page, `<iframe src="${api}/page.html"></iframe>`),
  },
  {
    kind: 'a link, same origin',
    outcomes: everywhere('named'),
    to: 'app',
    destination: 'document',
    instead: BLOB,
    send: async (page, { path }) => {
      await load(page, `<a id="go" href="${path}">go</a>`);
      await page.click('#go');
    },
  },
  {
    kind: 'a link to a new tab, same origin',
    outcomes: everywhere('named'),
    to: 'app',
    destination: 'document',
    instead: BLOB,
    send: async (page, { path }) => {
      await load(page, `<a id="open" target="_blank" href="${path}">open</a>`);
      await page.click('#open');
    },
  },
  {
    kind: 'a form, same origin',
    outcomes: everywhere('named'),
    to: 'app',
    destination: 'document',
    instead: 'Fetch it with `body: new FormData(form)`',
    send: async (page, { path }) => {
      await load(page, `<form method="post" action="${path}"><input name="a" value="1"><button>send</button></form>`);
      await page.click('form button');
    },
  },
  {
    kind: '`<a download>`',
    outcomes: { chromium: 'no', firefox: 'named', webkit: 'no' },
    to: 'app',
    destination: 'document',
    instead: `${BLOB} as the link's \`href\``,
    send: async (page, { path }) => {
      await load(page, `<a download href="${path}">save</a>`);
      await page.click('a[download]');
    },
  },
  {
    kind: 'a typed address, a bookmark',
    outcomes: everywhere('no'),
    to: 'app',
    instead: 'Link to it from a page of the app',
    send: (page, { path }) => page.url().then((url) => page.goto(new URL(path, url).href)),
  },
  {
    kind: 'a link of another site',
    outcomes: everywhere('no'),
    to: 'app',
    instead: 'By design: it would act with the user’s token',
    send: async (page, { path, foreign }) => {
      const url = new URL(path, await page.url()).href;
      await page.goto(foreign);
      await page.evaluate((href) => {
        window.location.href = href;
      }, url);
    },
  },
  {
    kind: '`WebSocket`',
    outcomes: everywhere('no'),
    instead: TICKET,
    send: (page, { api }) => page.evaluate((url) => void new WebSocket(url.replace('http', 'ws')), `${api}/echo`),
  },
];
