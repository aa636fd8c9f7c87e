/** Where a scenario's requests go. */
export interface Place {
  /** The mirror, where the token goes to. */
  readonly url: string;
  /** Another mirror, where it does not. */
  readonly elsewhere: string;
}

/** Time limit, in milliseconds, of a request that waits: long enough for it, and its preflight, to have arrived on a busy machine. */
export const WAIT_MS = 4000;

/** Does something in the page, and gives all that the page can see of it. */
export type Scenario = (place: Place) => Promise<unknown>;

/** Waits until a request that waits has arrived at the mirror. */
export async function hasArrived({ url }: Place): Promise<void> {
  await fetch(url.replace('/api/', '/hanging/'));
}

/** All that a page can see of a response, or of a request that failed. */
export async function observe(sending: Promise<Response>): Promise<unknown> {
  try {
    const response = await sending;
    const { status, statusText, ok, type, redirected, url } = response;
    return {
      status,
      statusText,
      ok,
      type,
      redirected,
      url,
      headers: headersOf(response),
      body: await bodyOf(response),
    };
  } catch (error) {
    return failureOf(error);
  }
}

/** All that a page can see of an error. */
export function failureOf(error: unknown): unknown {
  return error instanceof Error ? { name: error.name, message: error.message } : { thrown: String(error) };
}

function headersOf({ headers }: Response): readonly (readonly string[])[] {
  return [...headers].filter(([name]) => name !== 'date');
}

async function bodyOf(response: Response): Promise<unknown> {
  try {
    const bytes = await response.arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    const text = bytes.byteLength < 500 ? new TextDecoder().decode(bytes) : undefined;
    return { size: bytes.byteLength, digest: digest.join(), text };
  } catch (error) {
    return failureOf(error);
  }
}

/** The types of events, and what comes with them, as they happen; ends with one of the last. */
export function listenTo(
  target: EventTarget,
  types: readonly string[],
  { until, describe }: { readonly until: readonly string[]; readonly describe: (event: Event) => unknown },
): Promise<readonly unknown[]> {
  return new Promise((resolve) => {
    const events: unknown[] = [];
    for (const type of types) {
      target.addEventListener(type, (event) => {
        events.push([type, describe(event)]);
        if (until.includes(type)) resolve(events);
      });
    }
  });
}
