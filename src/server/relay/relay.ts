import type { Configuration } from '../../configuration/parse-configuration.ts';
import { parseProof, type ProvenRequest, RELAY_ENDPOINTS, RELAY_HEADER, toHex } from '../../protocol/relay-proof.ts';
import { createForwarder } from './forwarder.ts';
import { RelayIdentities } from './identities.ts';
import { parseRelayOptions, type RelayOptions } from './relay-options.ts';
import { readBody } from './request-body.ts';
import { type LimitReason, RequestLimits } from './request-limits.ts';
import { refuse, respond } from './responses.ts';
import type { RelaySurroundings } from './server-metadata.ts';

/** Relay of one app: it takes the requests of the app's workers, and passes them on with client authentication. */
export interface Relay {
  /** Path below which it answers. */
  readonly path: string;
  /** Creates an identity for one worker script. */
  readonly createIdentity: () => Promise<string>;
  /** Returns a text that changes when the identities of workers that have one are no longer valid. */
  readonly name: () => Promise<string>;
  /** Answers a request to a path below {@link Relay.path}. */
  readonly answer: (request: Request) => Promise<Response>;
}

/** Configuration of an app, and its origin as browsers see it. */
export interface RelaySetup {
  readonly configuration: Configuration;
  readonly origin: string;
}

/** Size of a request body that the relay reads, in bytes. */
const MAX_BODY_BYTES = 65_536;

/**
 * Creates the relay of an app. It stores nothing: it derives the secret of each worker again, and keeps nonces and counts in memory for
 * some minutes.
 *
 * @param setup the configuration of the app
 * @param options the options of the server
 * @param surroundings network and clock, and the limits that all relays of a server share
 * @returns `undefined` if the configuration has no relay
 * @throws TypeError that names the option
 */
export function createRelay(
  { configuration, origin }: RelaySetup,
  options: RelayOptions | undefined,
  surroundings: RelaySurroundings & { readonly limits?: RequestLimits } = relaySurroundings(),
): Relay | undefined {
  const { relay: path, issuer, clientId } = configuration;
  if (path === undefined) return undefined;
  if (options === undefined) {
    throw new TypeError(
      'The configuration has "relay": true: give createTokenward(), or the plugin of Vite, the option "relay", with "clientSecret".',
    );
  }
  const secrets = parseRelayOptions(options);
  const base = origin + path;
  const identities = new RelayIdentities(secrets.key, JSON.stringify([base, issuer.href, clientId]));
  const { limits = new RequestLimits(surroundings.now) } = surroundings;
  const forward = createForwarder(configuration, secrets, surroundings);
  return {
    path,
    createIdentity: () => identities.create(),
    name: () => identities.name(),
    answer: async (request) => {
      const endpoint = RELAY_ENDPOINTS.find((name) => new URL(request.url).pathname === `${path}/${name}`);
      if (endpoint === undefined) return refuse(404, 'There is no such endpoint.');
      if (request.method !== 'POST') return refuse(405, 'Only POST is answered here.', { allow: 'POST' });
      const proof = parseProof(request.headers.get(RELAY_HEADER));
      if (proof === undefined) return refuse(401, 'Only the worker of this app can use this address.');
      if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers.get('content-type') ?? '')) {
        return refuse(415, 'The body must be a form.');
      }
      // Anyone can cut a connection: that is no error of the server, which would write it to its log.
      const body = await readBody(request, MAX_BODY_BYTES).catch(() => 'cut' as const);
      if (body === 'cut') return refuse(400, 'The body did not come to its end.', { connection: 'close' });
      if (body === undefined) return refuse(413, 'The body is too large.', { connection: 'close' });
      const dpop = request.headers.get('dpop') ?? '';
      const proven: ProvenRequest = { target: `${base}/${endpoint}`, bodyDigest: await digest(body), dpop };
      if (!(await identities.verify(proof, proven))) {
        return refuse(401, 'The proof is not of this request, or not of a worker of this server.');
      }
      const reason = limits.count(proof);
      if (reason !== undefined) return LIMITS[reason](surroundings.now());
      return forward({ endpoint, form: new URLSearchParams(new TextDecoder().decode(body)), dpop });
    },
  };
}

/** Creates the surroundings of relays that share their limits: each host of a server has its own relay. */
export function relaySurroundings(): RelaySurroundings & { readonly limits: RequestLimits } {
  const now = (): number => Date.now();
  return { send: (...call) => fetch(...call), now, limits: new RequestLimits(now) };
}

const LIMITS: Readonly<Record<LimitReason, (nowMs: number) => Response>> = {
  stale: (nowMs) =>
    respond({
      outcome: 'stale',
      status: 401,
      description: 'The time of the proof is not that of the server.',
      members: { nowMs },
    }),
  replayed: () => refuse(401, 'The proof was used before.'),
  limited: () =>
    respond({
      outcome: 'limited',
      status: 429,
      description: 'There are too many requests of this worker.',
      headers: { 'retry-after': '120' },
    }),
};

async function digest(body: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', body)));
}
