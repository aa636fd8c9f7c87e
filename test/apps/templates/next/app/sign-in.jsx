// tokenward:begin
'use client';

import { useEffect, useState } from 'react';
import { connect } from 'tokenward';

export function SignIn() {
  const [client, setClient] = useState();
  const [session, setSession] = useState();

  useEffect(() => {
    let end;
    connect({ worker: '/tokenward-sw.js' }).then((connected) => {
      setClient(connected);
      end = connected.subscribe(setSession);
    });
    return () => end?.();
  }, []);

  if (session === undefined) return null;
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
