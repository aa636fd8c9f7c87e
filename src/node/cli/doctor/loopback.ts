/** Browsers hold loopback for trustworthy without https (Secure Contexts, section 3.1). */
export function isLoopback(url: string): boolean {
  return /^(?:(?:.*\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
}
