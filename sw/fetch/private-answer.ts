/**
 * Header fields of an answer of the worker's own, which is for who has asked, and no document of the origin: in a frame, script
 * could do there what the page's own policy does not let it.
 */
export const PRIVATE: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': 'sandbox',
};
