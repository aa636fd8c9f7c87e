import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { connect } from 'tokenward';
import { App } from './app.jsx';

const client = await connect({ worker: '/tokenward-sw.js' });
createRoot(document.getElementById('app')).render(
  <StrictMode>
    <App client={client} />
  </StrictMode>,
);
