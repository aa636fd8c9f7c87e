import { isLoopback } from '../../configuration/loopback.ts';

/**
 * Proposes the redirect URI of an isolated callback: another port on this machine, otherwise another host.
 *
 * @param app a URL of the app
 */
export function proposeRedirectUri(app: string): string {
  const { protocol, hostname, port, host } = new URL(app);
  return isLoopback(hostname) ? `${protocol}//${hostname}:${Number(port || 80) + 1}/` : `https://signin.${host}/`;
}
