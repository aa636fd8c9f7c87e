/**
 * Whether a request ends with the page or worker that sends it. One with `keepalive` does not (Fetch, "fetch group"), and a
 * navigation takes its page away.
 *
 * @param request the request as the page sent it
 * @param beaconMethods methods of requests that may have `keepalive` without saying so
 */
export function mayBeAbandoned(
  { keepalive, method, mode }: Pick<Request, 'keepalive' | 'method' | 'mode'>,
  beaconMethods: readonly string[],
): boolean {
  return !keepalive && mode !== 'navigate' && !beaconMethods.includes(method);
}
