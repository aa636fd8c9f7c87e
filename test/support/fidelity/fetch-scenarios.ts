import { failureOf, hasArrived, observe, type Place, type Scenario, WAIT_MS } from './observe.ts';

const BYTES = new Uint8Array(100_000).map((_, index) => index % 251);

const BODIES: Readonly<Record<string, () => BodyInit>> = {
  'a string': () => 'Ünicode and more',
  'an empty string': () => '',
  'an ArrayBuffer': () => BYTES.buffer,
  'a typed array': () => BYTES.subarray(10, 20),
  'a Blob with a type': () => new Blob([BYTES], { type: 'text/x-test' }),
  'a Blob without a type': () => new Blob(['x']),
  'three megabytes, more than is kept': () => new Uint8Array(3_000_000).fill(3),
  URLSearchParams: () => new URLSearchParams({ a: '1', b: 'ü' }),
  'FormData with a file': () => {
    const form = new FormData();
    form.set('text', 'ü');
    form.set('file', new File([BYTES], 'ü.bin', { type: 'image/png' }));
    return form;
  },
};

const POLICIES: readonly ReferrerPolicy[] = [
  '',
  'no-referrer',
  'no-referrer-when-downgrade',
  'origin',
  'origin-when-cross-origin',
  'same-origin',
  'strict-origin',
  'strict-origin-when-cross-origin',
  'unsafe-url',
];

/** One scenario for each request of a table. */
function each<T>(
  what: string,
  items: Readonly<Record<string, T>>,
  request: (place: Place, item: T) => Promise<Response>,
): Readonly<Record<string, Scenario>> {
  const entries = Object.entries(items).map(([name, item]): [string, Scenario] => [
    `fetch, ${what} ${name}`,
    (place) => observe(request(place, item)),
  ]);
  return Object.fromEntries(entries);
}

function named<const T extends string>(...names: readonly T[]): Readonly<Record<T, T>>;
function named(...names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

/** Requests by `fetch()`. */
export const FETCH_SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...each('method', named('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'REPORT'), ({ url }, method) =>
    fetch(`${url}/echo?page=2&q=%C3%BC`, { method }),
  ),
  ...each('body', BODIES, ({ url }, body) => fetch(`${url}/echo`, { method: 'POST', body: body() })),
  'fetch, body a stream': ({ url }) => {
    const body = new Blob([BYTES]).stream();
    const init = { method: 'POST', body, duplex: 'half' };
    return observe(fetch(`${url}/echo`, init));
  },
  'fetch, headers of the page': ({ url }) =>
    observe(fetch(`${url}/echo`, { headers: { 'x-tab': '2', accept: 'text/x-test', 'content-language': 'de' } })),
  'fetch, a Request object': ({ url }) =>
    observe(fetch(new Request(`${url}/echo`, { method: 'PUT', body: 'x', headers: { 'x-tab': '3' } }))),
  'fetch, a URL with a fragment': ({ url }) => observe(fetch(`${url}/echo?x#part`)),
  ...each('status', named('201', '204', '400', '401', '403', '404', '429', '500', '503'), ({ url }, status) =>
    fetch(`${url}/status/${status}`),
  ),
  'fetch, five megabytes': ({ url }) => observe(fetch(`${url}/bytes?size=5000000`)),
  'fetch, gzip': ({ url }) => observe(fetch(`${url}/gzip`)),
  'fetch, a range': ({ url }) => observe(fetch(`${url}/audio.wav`, { headers: { range: 'bytes=10-19' } })),
  'fetch, an answer without CORS headers': ({ url }) => observe(fetch(`${url}/without-cors`)),
  'fetch, a connection that is cut': ({ url }) => observe(fetch(`${url}/cut`, { method: 'POST', body: 'x' })),
  'fetch, a body that breaks off': ({ url }) => observe(fetch(`${url}/break-off`)),
  'fetch, keepalive': async ({ url }) => [
    await observe(fetch(`${url}/echo`, { keepalive: true })),
    await observe(fetch(`${url}/echo`, { keepalive: true, method: 'POST', body: 'kept' })),
  ],
  ...each('priority', named('high', 'low', 'auto'), ({ url }, priority) => fetch(`${url}/echo`, { priority })),
  'fetch, integrity': async ({ url }) => {
    const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(10).fill(7));
    const right = `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
    const wrong = right.replace(/-..../, '-AAAA');
    return [
      await observe(fetch(`${url}/bytes?size=10`, { integrity: right })),
      await observe(fetch(`${url}/bytes?size=10`, { integrity: wrong })),
    ];
  },
  'fetch, cache modes': async ({ url }) => {
    const seen: unknown[] = [];
    for (const cache of ['default', 'default', 'no-cache', 'reload', 'force-cache', 'no-store', 'default'] as const) {
      seen.push(await observe(fetch(`${url}/cacheable`, { cache })));
    }
    seen.push(await observe(fetch(`${url}/cacheable`, { cache: 'only-if-cached', mode: 'same-origin' })));
    return seen;
  },
  'fetch, credentials': async ({ url }) => {
    await fetch(`${url}/cookie?name=mirror`, { credentials: 'include' });
    const seen: unknown[] = [];
    for (const credentials of ['omit', 'same-origin', 'include'] as const) {
      seen.push(await observe(fetch(`${url}/echo?${credentials}`, { credentials })));
    }
    return seen;
  },
  ...each('mode', named('cors', 'same-origin'), ({ url }, mode) => fetch(`${url}/echo`, { mode })),
  ...each('redirect mode', named('follow', 'manual', 'error'), ({ url }, redirect) =>
    fetch(`${url}/redirect/302?to=${encodeURIComponent(`${url}/echo?after`)}`, { redirect }),
  ),
  ...each('redirect to another origin, mode', named('follow', 'manual', 'error'), ({ url, elsewhere }, redirect) =>
    fetch(`${url}/redirect/302?to=${encodeURIComponent(`${elsewhere}/echo`)}`, { redirect }),
  ),
  ...each('POST redirected by', named('301', '302', '303', '307', '308'), ({ url }, status) =>
    fetch(`${url}/redirect/${status}?to=${encodeURIComponent(`${url}/echo`)}`, { method: 'POST', body: 'again' }),
  ),
  ...each('referrer policy', Object.fromEntries(POLICIES.map((policy) => [policy, policy])), ({ url }, policy) =>
    fetch(`${url}/echo`, { referrerPolicy: policy }),
  ),
  ...each('referrer', named('', 'about:client', '/elsewhere/in/the/app'), ({ url }, referrer) =>
    fetch(`${url}/echo`, { referrer, referrerPolicy: 'unsafe-url' }),
  ),
  'fetch, aborted before': ({ url }) => observe(fetch(`${url}/echo`, { signal: AbortSignal.abort() })),
  'fetch, aborted with a reason': ({ url }) =>
    observe(fetch(`${url}/hang`, { signal: AbortSignal.abort(new RangeError('mine')) })),
  'fetch, aborted while it waits': (place) => {
    const controller = new AbortController();
    void hasArrived(place).then(() => controller.abort());
    return observe(fetch(`${place.url}/hang`, { signal: controller.signal }));
  },
  'fetch, aborted while an upload waits': (place) => {
    const controller = new AbortController();
    void hasArrived(place).then(() => controller.abort());
    return observe(fetch(`${place.url}/hang`, { signal: controller.signal, method: 'POST', body: BYTES }));
  },
  'fetch, out of time': ({ url }) => observe(fetch(`${url}/hang`, { signal: AbortSignal.timeout(WAIT_MS) })),
  'fetch, aborted in the body': async ({ url }) => {
    const controller = new AbortController();
    const response = await fetch(`${url}/drip`, { signal: controller.signal });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    controller.abort();
    return [new TextDecoder().decode(first?.value), await reader?.read().catch(failureOf)];
  },
  'fetch, a stream': async ({ url }) => {
    const response = await fetch(`${url}/drip`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const first = await reader?.read();
    // The rest is sent only now.
    await fetch(`${url}/release`);
    const rest: unknown[] = [];
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) rest.push(next.value);
    return [first?.value, rest.join('')];
  },
  'fetch, read in every way': async ({ url }) => {
    const response = await fetch(`${url}/echo`);
    const clones = [response.clone(), response.clone(), response.clone()];
    const [text, json, blob] = [await clones[0]?.text(), await clones[1]?.json(), await clones[2]?.blob()];
    return [text, json, blob?.type, blob?.size, response.bodyUsed, await response.formData().catch(failureOf)];
  },
};
