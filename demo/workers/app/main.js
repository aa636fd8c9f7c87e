import { connect } from 'tokenward'; // Tokenward

/** Offers the release that waits. The user decides when it takes over. */
function offerUpdate({ waiting }) {
  const button = document.querySelector('#update');
  if (!waiting || !button) return;
  button.hidden = false;
  button.addEventListener('click', () => {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload());
    waiting.postMessage({ type: 'SKIP_WAITING' });
  });
}

document.querySelector('#release').value = RELEASE;
const registration = await navigator.serviceWorker.register('/tokenward-sw.js');
offerUpdate(registration);
registration.addEventListener('updatefound', () => {
  registration.installing?.addEventListener('statechange', () => offerUpdate(registration));
});
await navigator.serviceWorker.ready;
window.tokenward = await connect({ worker: '/tokenward-sw.js' }); // Tokenward
document.documentElement.dataset.connected = 'yes';
