import { useState } from 'react';
import { SignIn } from './sign-in.jsx';

export function App({ client }) {
  const [notes, setNotes] = useState([]);
  const order = /\/orders\/(\d+)$/.exec(location.pathname)?.[1];

  async function read() {
    const response = await fetch('https://api.example/v1/notes');
    setNotes(response.ok ? await response.json() : []);
  }

  return (
    <>
      <h1>{order === undefined ? 'Home' : `Order ${order}`}</h1>
      {/* tokenward:begin */}
      <SignIn client={client} />
      {/* tokenward:end */}
      <button onClick={read}>Read notes</button>
      <ul>
        {notes.map(({ id, text }) => (
          <li key={id}>{text}</li>
        ))}
      </ul>
    </>
  );
}
