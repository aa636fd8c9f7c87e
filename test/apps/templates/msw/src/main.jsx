import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.jsx';
// tokenward:begin
import { connect } from 'tokenward';
// tokenward:end

async function startMocking() {
  const { worker } = await import('./mocks.js');
  // tokenward:begin
  await worker.start({ onUnhandledRequest: 'bypass', serviceWorker: { url: '/tokenward-sw.js' } });
  // tokenward:end
}

async function start() {
  // tokenward:begin
  const client = await connect({ worker: '/tokenward-sw.js' });
  // tokenward:end
  if (import.meta.env.DEV) await startMocking();
  createRoot(document.getElementById('root')).render(
    <StrictMode>
      {/* tokenward:begin */}
      <App client={client} />
      {/* tokenward:end */}
    </StrictMode>,
  );
}

start();
