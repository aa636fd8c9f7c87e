import { hasArrived, listenTo, type Scenario, WAIT_MS } from './observe.ts';

const TYPES = ['readystatechange', 'loadstart', 'progress', 'abort', 'error', 'load', 'timeout', 'loadend'] as const;

interface XhrOptions {
  readonly method?: string;
  readonly body?: XMLHttpRequestBodyInit;
  readonly prepare?: (xhr: XMLHttpRequest) => void;
  readonly act?: (xhr: XMLHttpRequest) => void;
}

/** All that a page can see of a request by XMLHttpRequest: each event with the state, and the end. */
async function send(url: string, { method = 'GET', body, prepare, act }: XhrOptions = {}): Promise<unknown> {
  const xhr = new XMLHttpRequest();
  xhr.open(method, url);
  prepare?.(xhr);
  const describe = (event: Event): unknown => ({
    // The last piece of an answer may be reported when it has ended.
    ...(event.type !== 'progress' && { state: xhr.readyState }),
    status: xhr.status,
    ...(event instanceof ProgressEvent && event.type !== 'progress'
      ? { lengthComputable: event.lengthComputable, total: event.total, loaded: event.loaded }
      : {}),
  });
  const heard = listenTo(xhr, TYPES, { until: ['loadend'], describe });
  const uploadEvents: unknown[] = [];
  // Firefox makes boundaries of different lengths, so that no two forms in parts need have the same size.
  const sizeOf = (bytes: number, total: number): number | 'all' =>
    body instanceof FormData && bytes === total ? 'all' : bytes;
  for (const type of ['loadstart', 'progress', 'load', 'error', 'abort', 'timeout', 'loadend'] as const) {
    xhr.upload.addEventListener(type, ({ loaded, total }) => {
      uploadEvents.push([type, sizeOf(loaded, total), sizeOf(total, total)]);
    });
  }
  xhr.send(body ?? null);
  act?.(xhr);
  const events = await heard;
  const { status, statusText, responseURL, responseType, response } = xhr;
  return {
    // How many pieces an answer comes in is chance.
    events: withoutRepetition(events),
    uploadEvents: withoutRepetition(
      uploadEvents.map((event) => (Array.isArray(event) && event[0] === 'progress' ? 'progress' : event)),
    ),
    status,
    statusText,
    responseURL,
    responseType,
    headers: xhr.getAllResponseHeaders().replace(/date:.*\r\n/, ''),
    response: await describeResponse(response),
  };
}

/** Events as texts, of those that come with each piece of a body only the first of each kind. */
function withoutRepetition(items: readonly unknown[]): readonly unknown[] {
  const texts = items.map((item) => JSON.stringify(item));
  const comesWithPieces = (text: string): boolean => text.includes('"state":3') || text.includes('progress');
  return texts.filter((text, index) => !comesWithPieces(text) || texts.indexOf(text) === index);
}

async function describeResponse(response: unknown): Promise<unknown> {
  if (response instanceof Blob) return ['blob', response.type, await response.text()];
  if (response instanceof ArrayBuffer) return ['buffer', response.byteLength];
  if (response instanceof Document) return ['document', response.title, response.URL];
  return response;
}

const RESPONSE_TYPES: readonly XMLHttpRequestResponseType[] = ['', 'text', 'json', 'blob', 'arraybuffer'];

/** Requests by XMLHttpRequest. */
export const XHR_SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...Object.fromEntries(
    ['GET', 'HEAD', 'POST', 'DELETE', 'PATCH'].map((method): [string, Scenario] => [
      `XHR, method ${method}`,
      ({ url }) => send(`${url}/echo`, { method }),
    ]),
  ),
  ...Object.fromEntries(
    RESPONSE_TYPES.map((type): [string, Scenario] => [
      `XHR, response type "${type}"`,
      ({ url }) =>
        send(`${url}/echo`, {
          prepare: (xhr) => {
            xhr.responseType = type;
          },
        }),
    ]),
  ),
  'XHR, response type "document"': ({ url }) =>
    send(`${url}/page.html`, {
      prepare: (xhr) => {
        xhr.responseType = 'document';
      },
    }),
  'XHR, a form with a file': ({ url }) => {
    const body = new FormData();
    body.set('file', new File(['x'.repeat(200_000)], 'x.txt'));
    return send(`${url}/echo`, { method: 'POST', body });
  },
  'XHR, an upload of three megabytes': ({ url }) =>
    send(`${url}/echo`, { method: 'PUT', body: new Blob([new Uint8Array(3_000_000)]) }),
  'XHR, a download of three megabytes': ({ url }) => send(`${url}/bytes?size=3000000`),
  'XHR, headers and another type': ({ url }) =>
    send(`${url}/echo`, {
      prepare: (xhr) => {
        xhr.setRequestHeader('x-tab', '1');
        xhr.overrideMimeType('text/plain; charset=utf-8');
      },
    }),
  'XHR, with credentials': async ({ url }) => {
    await fetch(`${url}/cookie?name=xhr`, { credentials: 'include' });
    const withCredentials = (xhr: XMLHttpRequest): void => {
      xhr.withCredentials = true;
    };
    return [await send(`${url}/echo?without`), await send(`${url}/echo?with`, { prepare: withCredentials })];
  },
  'XHR, redirected': ({ url }) => send(`${url}/redirect/302?to=${encodeURIComponent(`${url}/echo?after`)}`),
  'XHR, status 401': ({ url }) => send(`${url}/status/401`),
  'XHR, status 204': ({ url }) => send(`${url}/status/204`),
  'XHR, an answer without CORS headers': ({ url }) => send(`${url}/without-cors`),
  'XHR, a connection that is cut': ({ url }) => send(`${url}/cut`, { method: 'POST', body: 'x' }),
  'XHR, a body that breaks off': ({ url }) => send(`${url}/break-off`),
  'XHR, out of time': ({ url }) =>
    send(`${url}/hang`, {
      prepare: (xhr) => {
        xhr.timeout = WAIT_MS;
      },
    }),
  'XHR, aborted': (place) =>
    send(`${place.url}/hang`, { act: (xhr) => void hasArrived(place).then(() => xhr.abort()) }),
  'XHR, aborted at once': ({ url }) => send(`${url}/echo`, { act: (xhr) => xhr.abort() }),
};
