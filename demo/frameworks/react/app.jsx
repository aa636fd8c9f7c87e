import { useState, useSyncExternalStore } from 'react';

/** The session; where there is no client, as on a server, nobody is signed in. */
function useSession(client) {
  return useSyncExternalStore(client?.subscribe ?? neverChanges, client?.getSnapshot ?? signedOut, signedOut);
}
const SIGNED_OUT = { status: 'signed-out', reason: 'not-signed-in' };
const signedOut = () => SIGNED_OUT;
const neverChanges = () => () => {};

export function App({ client }) {
  const session = useSession(client);
  const [notes, setNotes] = useState([]);

  async function read() {
    const response = await fetch(`${import.meta.env.VITE_API}/notes`);
    setNotes(response.ok ? await response.json() : [{ id: 'none', text: `Status ${response.status}` }]);
  }

  return (
    <>
      {session.status === 'signed-in' ? (
        <>
          <h1>Signed in as {session.claims.name}</h1>
          <button onClick={() => client.logout()}>Sign out</button>
        </>
      ) : (
        <>
          <h1>Signed out</h1>
          <button onClick={() => client.login()}>Sign in</button>
        </>
      )}
      <button onClick={read}>Read notes</button>
      <ul>
        {notes.map(({ id, text }) => (
          <li key={id}>{text}</li>
        ))}
      </ul>
    </>
  );
}
