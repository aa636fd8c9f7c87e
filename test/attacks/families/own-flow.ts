/** Ways in which script in a page gets at the code of a flow of its own, without the worker or past it. */
export const WAYS_TO_A_CODE = [
  'a frame',
  'a sandboxed frame',
  'a frame in a srcdoc frame',
  'a frame in an about:blank frame',
  'a frame in a blob frame',
  'a frame in an error page of the origin',
  'an object',
  'an embed',
  'a pop-up',
  'a frame in an about:blank pop-up',
  'a frame in a pop-up with an error page',
  'a frame in a pop-up with a file',
  'a frame and the report of an injected policy',
  'a form into a pop-up',
  'an object and the report of an injected policy',
] as const;

/** One of {@link WAYS_TO_A_CODE}. */
export type WayToACode = (typeof WAYS_TO_A_CODE)[number];

/** What the script in the page is told. */
export interface OwnFlow {
  readonly way: WayToACode;
  /** The authorization request, with `prompt=none`. */
  readonly url: string;
  /** Whether it opens windows, for which it waits until the user clicks: WebKit opens none without. */
  readonly opensWindows: boolean;
  /** How long it looks for the answer, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Runs in the page: lets the authorization server's answer come somewhere where it may be seen, and looks.
 *
 * @returns all addresses and messages that were seen
 */
export async function stealCode({ way, url, opensWindows, timeoutMs }: OwnFlow): Promise<readonly string[]> {
  const seen = new Set<string>();
  const server = new URL(url).origin;
  window.addEventListener('message', ({ data }) => seen.add(JSON.stringify(data)));
  document.addEventListener('securitypolicyviolation', ({ blockedURI, documentURI, sourceFile }) => {
    for (const uri of [blockedURI, documentURI, sourceFile]) seen.add(uri);
  });
  const make = (name: string, attributes: Readonly<Record<string, string>>, into: Document = document): HTMLElement => {
    const element = into.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    (into.body ?? into.documentElement).append(element);
    return element;
  };
  const loaded = (element: EventTarget): Promise<void> =>
    new Promise((resolve) => {
      element.addEventListener('load', () => resolve(), { once: true });
      setTimeout(resolve, timeoutMs / 2);
    });
  const windows: Window[] = [];
  /** Every window in a window: its address is looked at as long as there is time. */
  const look = (view: Window, depth: number): void => {
    try {
      seen.add(view.location.href);
      seen.add(view.document.referrer);
      for (const { name } of view.performance.getEntries()) seen.add(name);
    } catch {
      // It is of another origin, now.
    }
    try {
      for (let index = 0; index < (depth > 0 ? view.length : 0); index += 1) {
        const child = view.frames[index];
        if (child) look(child, depth - 1);
      }
    } catch {
      // So is this.
    }
  };
  const frame = (into: Document = document, attributes: Readonly<Record<string, string>> = {}): void => {
    make('iframe', { ...attributes, src: url }, into);
  };
  /** A frame in a document that the page can write to. */
  const inner = async (attributes: Readonly<Record<string, string>>): Promise<void> => {
    const element = make('iframe', attributes);
    if (!(element instanceof HTMLIFrameElement)) return;
    if (!('srcdoc' in attributes) && !('src' in attributes)) frame(element.contentDocument ?? document);
    else {
      await loaded(element);
      if (element.contentDocument) frame(element.contentDocument);
    }
  };
  const popUp = async (address: string): Promise<void> => {
    const opened = window.open(address, '_blank', 'popup');
    if (!opened) return;
    windows.push(opened);
    if (address === url) return;
    if (address !== 'about:blank') await loaded(opened);
    try {
      frame(opened.document);
    } catch {
      // It is of another origin.
    }
  };
  const forbid = (policy: string): void => {
    const meta = document.createElement('meta');
    meta.httpEquiv = 'Content-Security-Policy';
    meta.content = policy;
    document.head.append(meta);
  };
  const ways: Readonly<Record<WayToACode, () => unknown>> = {
    'a frame': () => frame(),
    'a sandboxed frame': () => frame(document, { sandbox: 'allow-scripts allow-same-origin allow-forms' }),
    'a frame in a srcdoc frame': () => inner({ srcdoc: '<p>x</p>' }),
    'a frame in an about:blank frame': () => inner({}),
    'a frame in a blob frame': () => inner({ src: URL.createObjectURL(new Blob(['<p>x</p>'], { type: 'text/html' })) }),
    'a frame in an error page of the origin': () => inner({ src: '/there-is-nothing' }),
    'an object': () => make('object', { data: url, type: 'text/html' }),
    'an embed': () => make('embed', { src: url, type: 'text/html' }),
    'a pop-up': () => popUp(url),
    'a frame in an about:blank pop-up': () => popUp('about:blank'),
    'a frame in a pop-up with an error page': () => popUp('/there-is-nothing'),
    'a frame in a pop-up with a file': () => popUp('/tokenward.js'),
    'a frame and the report of an injected policy': () => {
      forbid(`frame-src ${server}`);
      frame();
    },
    'an object and the report of an injected policy': () => {
      forbid(`object-src ${server}`);
      make('object', { data: url, type: 'text/html' });
    },
    'a form into a pop-up': () => {
      const { origin, pathname, searchParams } = new URL(url);
      const form = make('form', { action: origin + pathname, target: 'pop' });
      const opened = window.open('about:blank', 'pop', 'popup');
      if (opened) windows.push(opened);
      if (!(form instanceof HTMLFormElement)) return;
      for (const [name, value] of searchParams)
        form.append(Object.assign(document.createElement('input'), { name, value }));
      try {
        form.submit();
      } catch {
        // Firefox throws what its driver cannot pass on where a policy forbids it.
      }
    },
  };
  if (opensWindows) {
    await new Promise<void>((resolve) => document.addEventListener('click', () => resolve(), { once: true }));
    document.documentElement.dataset['clicked'] = 'yes';
  }
  const endsAtMs = Date.now() + timeoutMs;
  await ways[way]();
  while (Date.now() < endsAtMs && ![...seen].some((text) => /[?&#](code|response)=|"code":/.test(text))) {
    for (const view of [window, ...windows]) look(view, 3);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (const view of windows) view.close();
  return [...seen];
}
