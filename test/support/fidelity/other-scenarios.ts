import { observe, type Scenario } from './observe.ts';

/** Events of a source, until it has had some or has ended. */
function follow(source: EventSource, enough: number): Promise<unknown> {
  return new Promise((resolve) => {
    const events: unknown[] = [];
    const note = (event: unknown): void => {
      events.push(event);
      if (events.length < enough && source.readyState !== EventSource.CLOSED) return;
      const { readyState, url, withCredentials } = source;
      source.close();
      resolve({ events, readyState, url, withCredentials });
    };
    source.addEventListener('open', () => note(['open', source.readyState]));
    source.addEventListener('error', () => note(['error', source.readyState]));
    source.addEventListener('count', ({ data, lastEventId, origin }) => note(['count', data, lastEventId, origin]));
  });
}

/** Runs a script that posts one message, and gives it. */
function answerOf(target: { onmessage: unknown } & EventTarget, start: () => void = () => {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    target.addEventListener('message', (event) => resolve(event instanceof MessageEvent ? event.data : undefined));
    target.addEventListener('error', () => reject(new Error('The worker failed.')));
    start();
  });
}

const ASK = `async (url) => {
  const response = await fetch(url + '/echo', { method: 'PUT', body: 'from a worker' });
  return [response.status, response.type, response.url, await response.text()];
}`;

function frameOf(load: (frame: HTMLIFrameElement) => void): Promise<HTMLIFrameElement> {
  return new Promise((resolve) => {
    const frame = document.createElement('iframe');
    frame.addEventListener('load', () => resolve(frame), { once: true });
    load(frame);
    document.body.append(frame);
  });
}

/** What else script can ask by. */
export const OTHER_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'EventSource, reconnecting with Last-Event-ID': ({ url }) => follow(new EventSource(`${url}/events`), 7),
  'EventSource, with credentials': async ({ url }) => {
    await fetch(`${url}/cookie?name=events`, { credentials: 'include' });
    return follow(new EventSource(`${url}/events`, { withCredentials: true }), 3);
  },
  'EventSource, refused': ({ url }) => follow(new EventSource(`${url}/status/403`), 1),
  'EventSource, another type': ({ url }) => follow(new EventSource(`${url}/echo`), 1),
  'EventSource, ended by 204': ({ url }) => follow(new EventSource(`${url}/status/204`), 1),
  'EventSource, redirected': ({ url }) =>
    follow(new EventSource(`${url}/redirect/307?to=${encodeURIComponent(`${url}/events`)}`), 3),
  'beacon, JSON': async ({ url }) =>
    navigator.sendBeacon(`${url}/echo`, new Blob(['{"a":1}'], { type: 'application/json' })),
  'dedicated worker': async ({ url }) => {
    const worker = new Worker('/fidelity-worker.js');
    return answerOf(worker, () => worker.postMessage(url)).finally(() => worker.terminate());
  },
  'shared worker': async ({ url }) => {
    const { port } = new SharedWorker('/fidelity-shared-worker.js');
    return answerOf(port, () => {
      port.start();
      port.postMessage(url);
    });
  },
  'blob worker': async ({ url }) => {
    const script = `onmessage = async ({ data }) => postMessage(await (${ASK})(data));`;
    const worker = new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
    return answerOf(worker, () => worker.postMessage(url)).finally(() => worker.terminate());
  },
  'srcdoc frame': async ({ url }) => {
    const frame = await frameOf((made) => {
      made.srcdoc = '<title>srcdoc</title>';
    });
    const inner = frame.contentWindow;
    const seen = await observe(inner ? inner.fetch(`${url}/echo`) : Promise.reject(new Error('There is no frame.')));
    frame.remove();
    return seen;
  },
  'about:blank frame': async ({ url }) => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const inner = frame.contentWindow;
    const seen = await observe(inner ? inner.fetch(`${url}/echo`) : Promise.reject(new Error('There is no frame.')));
    frame.remove();
    return seen;
  },
  'same-origin frame': async ({ url }) => {
    const frame = await frameOf((made) => {
      made.src = '/blank';
    });
    const inner = frame.contentWindow;
    const seen = await observe(inner ? inner.fetch(`${url}/echo`) : Promise.reject(new Error('There is no frame.')));
    frame.remove();
    return seen;
  },
};

/** The scripts of workers, by path. */
export const WORKER_SCRIPTS: Readonly<Record<string, string>> = {
  '/fidelity-worker.js': `onmessage = async ({ data }) => postMessage(await (${ASK})(data));`,
  '/fidelity-shared-worker.js': `onconnect = ({ ports: [port] }) => {
  port.onmessage = async ({ data }) => port.postMessage(await (${ASK})(data));
};`,
};
