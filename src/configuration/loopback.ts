/**
 * Whether the network cannot read or change requests to a URL: it is `https:` or `wss:`, or stays on this machine (RFC 8252,
 * section 8.3; RFC 9700, section 2.6).
 */
export function isSecure({ protocol, hostname }: Pick<URL, 'protocol' | 'hostname'>): boolean {
  if (protocol === 'https:' || protocol === 'wss:') return true;
  return (protocol === 'http:' || protocol === 'ws:') && isLoopback(hostname);
}

/**
 * Whether a host is this machine: `localhost`, a name below it, or a loopback address. Browsers trust it without https (Secure
 * Contexts, section 3.1).
 *
 * @param hostname as the URL parser gives it, so that an IPv4 address has four decimal numbers
 */
export function isLoopback(hostname: string): boolean {
  // No regular expression, because the worker would compile it at each start.
  const isAddress = hostname.startsWith('127.') && hostname.charAt(hostname.length - 1) <= '9';
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || isAddress;
}
