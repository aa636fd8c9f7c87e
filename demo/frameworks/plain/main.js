import { connect } from 'tokenward';

const $ = (id) => document.getElementById(id);
const client = await connect({ worker: '/tokenward-sw.js' });

client.subscribe((session) => {
  const isSignedIn = session.status === 'signed-in';
  $('who').textContent = isSignedIn ? `Signed in as ${session.claims.name}` : 'Signed out';
  $('sign-in').hidden = isSignedIn;
  $('sign-out').hidden = !isSignedIn;
});
$('sign-in').addEventListener('click', () => client.login());
$('sign-out').addEventListener('click', () => client.logout());

$('read').addEventListener('click', async () => {
  const response = await fetch(`${import.meta.env.VITE_API}/notes`);
  const notes = response.ok ? await response.json() : [{ text: `Status ${response.status}` }];
  $('notes').replaceChildren(
    ...notes.map(({ text }) => Object.assign(document.createElement('li'), { textContent: text })),
  );
});
