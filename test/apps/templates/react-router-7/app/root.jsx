import { useState } from 'react';
import { Links, Meta, Outlet, Scripts } from 'react-router';

export function Layout({ children }) {
  return (
    // suppressHydrationWarning: the script sets an attribute.
    <html lang="en" suppressHydrationWarning>
      <head>
        <meta charSet="utf-8" />
        {/* tokenward:begin */}
        <script type="module" src="/tokenward-auto.js" data-login="manual"></script>
        {/* tokenward:end */}
        <link rel="stylesheet" href="/app.css" />
        <Meta />
        <Links />
      </head>
      <body>
        {children}
        <Scripts />
      </body>
    </html>
  );
}

export function HydrateFallback() {
  return <p>Loading</p>;
}

export default function App() {
  const [notes, setNotes] = useState([]);

  async function read() {
    const response = await fetch('https://api.example/v1/notes');
    setNotes(response.ok ? await response.json() : []);
  }

  return (
    <>
      <Outlet />
      {/* tokenward:begin */}
      <p className="signed-in">
        Signed in <button data-tokenward="sign-out">Sign out</button>
      </p>
      <p className="signed-out">
        Signed out <a href="/auth/login">Sign in</a>
      </p>
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
