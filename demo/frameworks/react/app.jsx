import { useState } from 'react';
import { SignedIn, SignedOut, useClient, useLogin } from 'tokenward/react';

function SignInButton() {
  const { login, isPending, error } = useLogin();
  return (
    <>
      <button onClick={login} disabled={isPending}>
        Sign in
      </button>
      {error && <p role="alert">{error.message}</p>}
    </>
  );
}

export function App() {
  const client = useClient();
  const [notes, setNotes] = useState([]);

  async function read() {
    const response = await fetch(`${import.meta.env.VITE_API}/notes`);
    setNotes(response.ok ? await response.json() : [{ id: 'none', text: `Status ${response.status}` }]);
  }

  return (
    <>
      <SignedIn>
        {({ claims }) => (
          <>
            <h1>Signed in as {claims.name}</h1>
            <button onClick={() => client.logout()}>Sign out</button>
          </>
        )}
      </SignedIn>
      <SignedOut>
        <h1>Signed out</h1>
        <SignInButton />
      </SignedOut>
      <button onClick={read}>Read notes</button>
      <ul>
        {notes.map(({ id, text }) => (
          <li key={id}>{text}</li>
        ))}
      </ul>
    </>
  );
}
