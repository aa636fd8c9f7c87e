import { addPolicy, type PagePolicy } from './secure-response.ts';

/** Adds a policy to every answer that the code of this worker gives to a request for a document or a worker, from now on. */
export function secureDocuments(policy: PagePolicy): void {
  const { prototype } = FetchEvent;
  prototype.respondWith = new Proxy(prototype.respondWith, {
    apply: (respondWith, event: unknown, [response, ...rest]: readonly unknown[]) => {
      const isDocument = event instanceof FetchEvent && runsScript(event.request);
      Reflect.apply(respondWith, event, [isDocument ? secured(response, policy) : response, ...rest]);
    },
  });
}

async function secured(response: unknown, policy: PagePolicy): Promise<unknown> {
  const given = await response;
  return given instanceof Response ? addPolicy(given, policy) : given;
}

/** Returns whether the answer to a request may become a document, or a worker of a page: it runs script of its own then. */
function runsScript({ mode, destination }: Request): boolean {
  return mode === 'navigate' || destination === 'worker' || destination === 'sharedworker';
}
