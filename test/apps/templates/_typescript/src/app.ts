import { connect, TokenwardError, type Session, type TokenwardClient } from 'tokenward';

export async function start(): Promise<TokenwardClient> {
  const client = await connect({ worker: '/tokenward-sw.js' });
  client.subscribe((session: Session) => {
    const user: unknown = session.status === 'signed-in' ? session.claims['name'] : session.reason;
    document.title = String(user);
  });
  return client;
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof TokenwardError ? error.code : undefined;
}
