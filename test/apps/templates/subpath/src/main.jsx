import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.jsx';
// tokenward:begin
import { connect } from 'tokenward';

connect({ worker: '/app/tokenward-sw.js' }).then((client) => {
  // tokenward:end
  createRoot(document.getElementById('root')).render(
    <StrictMode>
      {/* tokenward:begin */}
      <App client={client} />
      {/* tokenward:end */}
    </StrictMode>,
  );
  // tokenward:begin
});
// tokenward:end
