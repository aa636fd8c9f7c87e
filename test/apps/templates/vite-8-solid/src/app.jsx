import { createSignal, For } from 'solid-js';
// tokenward:begin
import { from, Show } from 'solid-js';
// tokenward:end

export function App(props) {
  // tokenward:begin
  const session = from(props.client);
  // tokenward:end
  const [notes, setNotes] = createSignal([]);
  const order = /^\/orders\/(\d+)$/.exec(location.pathname)?.[1];

  async function read() {
    const response = await fetch('https://api.example/v1/notes');
    setNotes(response.ok ? await response.json() : []);
  }

  return (
    <>
      <h1>{order === undefined ? 'Home' : `Order ${order}`}</h1>
      {/* tokenward:begin */}
      <Show
        when={session()?.status === 'signed-in'}
        fallback={
          <p>
            Signed out <button onClick={() => props.client.login()}>Sign in</button>
          </p>
        }
      >
        <p>
          Signed in as {session().claims.name} <button onClick={() => props.client.logout()}>Sign out</button>
        </p>
      </Show>
      {/* tokenward:end */}
      <button onClick={read}>Read notes</button>
      <ul>
        <For each={notes()}>{({ text }) => <li>{text}</li>}</For>
      </ul>
    </>
  );
}
