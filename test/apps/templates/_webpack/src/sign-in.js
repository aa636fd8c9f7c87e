// tokenward:begin
import { connect } from 'tokenward';

connect({ worker: '/tokenward-sw.js' }).then((client) => {
  client.subscribe((session) => {
    const text = session.status === 'signed-in' ? `Signed in as ${session.claims.name}` : 'Signed out';
    document.querySelector('#user')?.replaceChildren(text);
  });
  document.querySelector('#sign-in')?.addEventListener('click', () => client.login());
  document.querySelector('#sign-out')?.addEventListener('click', () => client.logout());
});
// tokenward:end
