import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { type Configuration, parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { parseIdentity, type RelayIdentity } from '../../src/protocol/relay-proof.ts';
import type { RelayOptions } from '../../src/server/relay/relay-options.ts';
import { createRelay, type Relay } from '../../src/server/relay/relay.ts';
import { APP_ORIGIN, CLIENT_ID, createScriptedServer, ISSUER, type ScriptedServer } from './scripted-server.ts';

/** Client secret that the relay has, and no browser. */
export const CLIENT_SECRET = 'a-client-secret-of-32-characters';

/** Creates a server for a relay: it takes pushed requests, and revokes whatever it gets. */
export async function createRelayedServer(): Promise<ScriptedServer> {
  const server = await createScriptedServer();
  server.metadata['pushed_authorization_request_endpoint'] = `${ISSUER}/push`;
  server.answer('/push', () => Response.json({ request_uri: 'urn:1', expires_in: 60 }, { status: 201 }));
  server.answer('/revoke', () => new Response(null));
  return server;
}

/** Creates the configuration of an app with a relay. */
export function relayedConfiguration(options: Partial<TokenwardOptions> = {}): Configuration {
  const protectedResources = [{ url: 'https://api.example' }];
  return parseConfiguration(
    { issuer: ISSUER, clientId: CLIENT_ID, protectedResources, relay: true, ...options },
    APP_ORIGIN,
  );
}

/** Creates the relay of an app, with a server behind it. */
export function relayTo(
  { send }: ScriptedServer,
  configuration: Configuration,
  { now, ...options }: RelayOptions & { readonly now: () => number },
): Relay {
  const relay = createRelay({ configuration, origin: APP_ORIGIN }, options, { send, now });
  if (relay === undefined) throw new Error('There is no relay.');
  return relay;
}

/** Creates the identity of a worker at a relay. */
export async function identityAt(relay: Relay): Promise<RelayIdentity> {
  const identity = parseIdentity(await relay.createIdentity());
  if (identity === undefined) throw new Error('There is no identity.');
  return identity;
}
