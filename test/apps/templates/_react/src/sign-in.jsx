// tokenward:begin
import { useSyncExternalStore } from 'react';

export function SignIn({ client }) {
  const session = useSyncExternalStore(client.subscribe, client.getSnapshot);
  return session.status === 'signed-in' ? (
    <p>
      Signed in as {session.claims.name} <button onClick={() => client.logout()}>Sign out</button>
    </p>
  ) : (
    <p>
      Signed out <button onClick={() => client.login()}>Sign in</button>
    </p>
  );
}
// tokenward:end
