/* global tokenward */
importScripts('/dist/standalone/tokenward-sw.js');

tokenward.start({
  issuer: 'http://localhost:9',
  clientId: 'spa',
  protectedResources: [{ url: 'http://localhost:9/api' }],
  registrationScope: '/elsewhere/',
  endpointPath: '/elsewhere/auth',
});
