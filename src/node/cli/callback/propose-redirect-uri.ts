/**
 * Proposes the redirect URI of an isolated callback: another port on this machine, otherwise another host.
 *
 * @param app a URL of the app
 */
export function proposeRedirectUri(app: string): string {
  const { protocol, hostname, port, host } = new URL(app);
  const isLocal = /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  return isLocal ? `${protocol}//${hostname}:${Number(port || 80) + 1}/` : `https://signin.${host}/`;
}
