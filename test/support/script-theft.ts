/** Ways to get at the text of a script, as page script would try them; each resolves to what it has seen. */
export const WAYS_TO_READ = [
  'fetch default',
  'fetch no-store',
  'fetch reload',
  'fetch no-cache',
  'fetch force-cache',
  'fetch only-if-cached',
  'fetch with Service-Worker: script',
  'XMLHttpRequest',
  'script tag',
  'module script tag',
  'import()',
  'importScripts in a worker',
  'importScripts in a shared worker',
  'frame',
  'object',
  'preload, then fetch',
  'Cache.add',
  'import in a module worker',
  'audio worklet',
  'module preload as a service worker, then import()',
] as const;

/** One of {@link WAYS_TO_READ}. */
export type WayToRead = (typeof WAYS_TO_READ)[number];

/**
 * Runs in the page: tries to read the script, and what the script puts into a global scope first of all.
 *
 * @returns all the text that was seen
 */
export async function readScript({ way, path }: { way: WayToRead; path: string }): Promise<string> {
  const seen: string[] = [];
  const see = (value: unknown): void => void seen.push(String(value));
  Object.defineProperty(window, '__tokenwardSecret', {
    configurable: true,
    set: (value) => {
      see(`__tokenwardSecret="${String(value)}"`);
    },
  });
  const settled = (element: HTMLElement): Promise<void> =>
    new Promise((resolve) => {
      for (const type of ['load', 'error']) element.addEventListener(type, () => resolve());
      document.body.append(element);
    });
  const make = <K extends keyof HTMLElementTagNameMap>(
    name: K,
    properties: Partial<HTMLElementTagNameMap[K]>,
  ): HTMLElementTagNameMap[K] => Object.assign(document.createElement(name), properties);
  const text = async (init: RequestInit): Promise<void> => {
    const response = await fetch(path, init);
    see(response.ok ? await response.text() : response.status);
  };
  const absolute = new URL(path, location.href).href;
  const spy = `
    let post = (value) => postMessage(value);
    const run = () => {
      Object.defineProperty(self, '__tokenwardSecret', {
        configurable: true,
        set: (value) => post('__tokenwardSecret="' + value + '"'),
      });
      try { importScripts('${absolute}'); } catch (error) { post(String(error)); }
      post('done');
    };
  `;
  const listen = (port: Worker | MessagePort): Promise<void> =>
    new Promise((resolve) => {
      const look = ({ data }: MessageEvent<unknown>): void => {
        see(data);
        if (data === 'done') resolve();
      };
      if (port instanceof Worker) port.addEventListener('message', look);
      else {
        port.addEventListener('message', look);
        port.start();
      }
    });
  /** Says what the script will leave in its global scope, or keeps it where nobody can be told yet. */
  const trap = `globalThis.self ??= globalThis;
    Object.defineProperty(self, '__tokenwardSecret', {
      configurable: true,
      set: (value) => {
        self.caught = '__tokenwardSecret="' + value + '"';
        self.postMessage?.(self.caught);
      },
    });`;
  const blobUrl = (script: string): string => URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const ways: Record<WayToRead, () => Promise<unknown>> = {
    'fetch default': () => text({}),
    'fetch no-store': () => text({ cache: 'no-store' }),
    'fetch reload': () => text({ cache: 'reload' }),
    'fetch no-cache': () => text({ cache: 'no-cache' }),
    'fetch force-cache': () => text({ cache: 'force-cache' }),
    'fetch only-if-cached': async () => {
      await text({}).catch(see);
      await text({ cache: 'only-if-cached', mode: 'same-origin' });
    },
    'fetch with Service-Worker: script': () =>
      text({ headers: { 'service-worker': 'script', 'sec-fetch-dest': 'serviceworker', 'x-requested-with': 'x' } }),
    XMLHttpRequest: () =>
      new Promise<void>((resolve) => {
        const request = new XMLHttpRequest();
        request.open('GET', path);
        request.onloadend = () => {
          see(request.responseText);
          resolve();
        };
        request.send();
      }),
    'script tag': () => settled(make('script', { src: path })),
    'module script tag': () => settled(make('script', { src: path, type: 'module' })),
    // Vitest would rewrite the expression itself.
    // oxlint-disable-next-line typescript/no-implied-eval -- script on the page has it too
    'import()': async () => new Function('path', 'return import(path)')(path),
    'module preload as a service worker, then import()': async () => {
      const preload = make('link', { rel: 'modulepreload', as: 'serviceworker', href: path });
      // An engine that knows no such destination may say nothing of it.
      await Promise.race([settled(preload), new Promise((resolve) => setTimeout(resolve, 1500))]);
      await ways['import()']();
    },
    'importScripts in a worker': async () => {
      const worker = new Worker(blobUrl(`${spy} run();`));
      await listen(worker);
      worker.terminate();
    },
    'importScripts in a shared worker': () => {
      const { port } = new SharedWorker(
        blobUrl(`${spy} onconnect = ({ ports: [port] }) => { post = (v) => port.postMessage(v); run(); };`),
      );
      return listen(port);
    },
    frame: async () => {
      const frame = make('iframe', { src: path });
      await settled(frame);
      see(frame.contentDocument?.documentElement.innerHTML);
    },
    object: async () => {
      const object = make('object', { data: path });
      // WebKit says nothing of one that was refused.
      const silence = new Promise((resolve) => setTimeout(resolve, 3000));
      await Promise.race([settled(object), silence]);
      see(object.contentDocument?.documentElement.innerHTML);
    },
    'preload, then fetch': async () => {
      await settled(make('link', { rel: 'preload', as: 'fetch', href: path, crossOrigin: 'anonymous' }));
      await text({});
    },
    'Cache.add': async () => {
      const cache = await caches.open('theft');
      await cache.add(path);
      see(await (await cache.match(path))?.text());
    },
    'import in a module worker': async () => {
      // The imports run in the order in which they stand; the script itself fails in such a worker.
      const imports = [blobUrl(trap), absolute].map((url) => `import '${url}';`).join('');
      const worker = new Worker(blobUrl(`${imports} postMessage('done');`), { type: 'module' });
      const failed = new Promise((resolve) => worker.addEventListener('error', resolve));
      await Promise.race([listen(worker), failed]);
      worker.terminate();
    },
    'audio worklet': async () => {
      const context = new OfflineAudioContext(1, 128, 8000);
      const { audioWorklet } = context;
      await audioWorklet.addModule(blobUrl(trap));
      await audioWorklet.addModule(absolute).catch(see);
      const spyNode = `registerProcessor('spy', class extends AudioWorkletProcessor {
        constructor() { super(); this.port.postMessage(self.caught); this.port.postMessage('done'); }
        process() { return false; }
      });`;
      await audioWorklet.addModule(blobUrl(spyNode));
      await Promise.all([listen(new AudioWorkletNode(context, 'spy').port), context.startRendering()]);
    },
  };
  await ways[way]().catch(see);
  return seen.join('\n');
}
