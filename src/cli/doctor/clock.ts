import { names } from './cross-origin.ts';
import { endpointOf, type Deployment } from './deployment.ts';
import { defineCheck, type Finding } from './finding.ts';
import type { Answer, Send } from './probe.ts';

const CLOCK = defineCheck('clock', {
  risk: 'ID tokens come from the future, or have expired on arrival, and are refused: no user can sign in.',
  fix: 'Set the clock of that server (NTP), or allow scripts to read it: Access-Control-Expose-Headers: Date at the token endpoint.',
});

/** Clock skew that the ID token check tolerates without knowing the server's clock, in milliseconds. */
const TOLERANCE_MS = 30_000;

/** Clock skew that is not reported, in milliseconds. `Date` has whole seconds, and the response needs time. */
const UNNOTICED_MS = 5000;

/** Compares the clocks of authorization server and APIs with this machine's, by `Date`. */
export async function examineClocks(
  { configuration, metadata, origin }: Deployment,
  send: Send,
): Promise<readonly Finding[]> {
  const token = endpointOf(metadata, 'token_endpoint');
  const resources = configuration.resources.map(({ url }) => url);
  const urls = [
    ...new Map([...(token === undefined ? [] : [token]), ...resources].map((url) => [new URL(url).origin, url])),
  ];
  const answers = await Promise.all(
    urls.map(([, url]) => send(url, { method: url === token ? 'POST' : 'GET', headers: { origin } })),
  );
  return answers.map((answer) => judgeClock(answer, answer.url === token));
}

function judgeClock(answer: Answer, isTokenEndpoint: boolean): Finding {
  const { origin } = new URL(answer.url);
  const skewMs = Date.parse(answer.header('date') ?? '') - answer.atMs;
  if (Number.isNaN(skewMs)) return CLOCK.warn(`${origin} sends no Date`);
  const skew = `${origin} is ${(Math.abs(skewMs) / 1000).toFixed(0)} s ${skewMs > 0 ? 'ahead' : 'behind'}`;
  if (Math.abs(skewMs) <= UNNOTICED_MS) return CLOCK.pass(`${origin} is right`);
  const isKnown = isTokenEndpoint && names(answer, 'access-control-expose-headers').includes('date');
  return Math.abs(skewMs) > TOLERANCE_MS && !isKnown ? CLOCK.fail(skew) : CLOCK.warn(skew);
}
