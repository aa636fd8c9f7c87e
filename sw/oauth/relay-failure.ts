/** Response to a relayed request that is not of the authorization server. It says nothing about the session, so it may pass. */
export class RelayFailure extends TypeError {
  /** Description of the cause. */
  readonly reason: string;
  /** Option of the server to change. */
  readonly next: string;

  /**
   * @param address address of the relay
   * @param status status of the response
   * @param outcome header of the relay; `null` if another server has answered
   */
  constructor(address: string, status: number, outcome: string | null) {
    const [reason, next] = EXPLANATIONS.get(outcome) ?? NO_RELAY;
    super(reason);
    this.reason = `the relay ${address} ${reason} (HTTP ${status})`;
    this.next = next;
  }
}

type Explanation = readonly [reason: string, next: string];

const NO_RELAY: Explanation = [
  'is no relay',
  'Give createTokenward() the option "relay", and put its middleware before whatever serves files or reads bodies',
];

const EXPLANATIONS: ReadonlyMap<string | null, Explanation> = new Map([
  [
    'refused',
    [
      'has refused the request',
      'Check that "origin" is that of the page, and that all servers of the app have the same "relay.key"; the response says more in the network panel',
    ],
  ],
  ['stale', ['has another time than this machine', 'Check both clocks']],
  ['limited', ['has had too many requests of this browser', 'Try again in two minutes']],
  ['unreachable', ['could not reach the authorization server', 'See the log of the server of the app']],
  [
    'client',
    [
      'had its client authentication refused by the authorization server',
      'Check "clientSecret" and "authentication" of the option "relay" of createTokenward(), and "clientId"',
    ],
  ],
] as const);
