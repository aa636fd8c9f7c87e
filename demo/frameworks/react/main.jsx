import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { connect } from 'tokenward';
import { TokenwardProvider } from 'tokenward/react';
import { App } from './app.jsx';

const client = connect({ worker: '/tokenward-sw.js' });
createRoot(document.getElementById('app')).render(
  <StrictMode>
    <TokenwardProvider client={client} fallback={<p>Loading</p>}>
      <App />
    </TokenwardProvider>
  </StrictMode>,
);
