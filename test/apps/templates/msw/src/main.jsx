import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.jsx';
// tokenward:begin
import { connect } from 'tokenward';
// tokenward:end

async function startMocking() {
  if (!import.meta.env.DEV) return;
  const { worker } = await import('./mocks.js');
  await worker.start({ onUnhandledRequest: 'bypass' });
}

startMocking()
  // tokenward:begin
  .then(() => connect({ worker: '/tokenward-sw.js' }))
  // tokenward:end
  .then((client) => {
    createRoot(document.getElementById('root')).render(
      <StrictMode>
        {/* tokenward:begin */}
        <App client={client} />
        {/* tokenward:end */}
      </StrictMode>,
    );
  });
