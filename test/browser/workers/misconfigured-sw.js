/* global tokenward */
importScripts('/dist/standalone/tokenward-sw.js');

tokenward.start({
  issuer: 'http://as.example',
  clientId: 'spa',
  protectedResources: [{ url: 'http://localhost:9/api' }],
});
