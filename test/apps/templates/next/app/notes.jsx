'use client';

import { useState } from 'react';
// tokenward:begin
import { SignIn } from './sign-in';
// tokenward:end

export function Notes() {
  const [notes, setNotes] = useState([]);

  async function read() {
    const response = await fetch('https://api.example/v1/notes');
    setNotes(response.ok ? await response.json() : []);
  }

  return (
    <>
      {/* tokenward:begin */}
      <SignIn />
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
