import { RELAY_HEADER, type RelayOutcome } from '../../protocol/relay-proof.ts';
import { inertHeaders } from '../inert-response.ts';

/** Response of the relay itself. */
export interface RelayResponse {
  readonly outcome: Exclude<RelayOutcome, 'answered'>;
  readonly status: number;
  /** Description for a developer. It holds nothing of the request. */
  readonly description: string;
  /** Further members of the body. */
  readonly members?: Readonly<Record<string, number>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Creates a response of the relay itself. The worker distinguishes it from one of the authorization server by its header. */
export function respond({ outcome, status, description, members, headers }: RelayResponse): Response {
  return Response.json(
    { error: `relay_${outcome}`, error_description: description, ...members },
    { status, headers: { ...inertHeaders(), ...headers, [RELAY_HEADER]: outcome } },
  );
}

/** Refuses a request. */
export function refuse(status: number, description: string, headers: Readonly<Record<string, string>> = {}): Response {
  return respond({ outcome: 'refused', status, description, headers });
}
