/**
 * Header fields of an answer of the worker's own, which is for who has asked, and no document of the origin: in a frame, script
 * could do there what the page's own policy does not let it.
 */
export const PRIVATE: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': 'sandbox',
};

/**
 * Keeps a response out of what pages have in their memory, which they ask before the worker: images in Chromium, and what
 * XMLHttpRequest gets in WebKit.
 */
export function withoutCaching(response: Response): Response {
  const { status, headers, body } = response;
  // A response without a status, such as that of a manual redirect, cannot be copied.
  if (status === 0 || headers.get('cache-control')?.includes('no-store')) return response;
  const copy = new Response(body, response);
  copy.headers.set('cache-control', 'no-store');
  return copy;
}
