/* global tokenward */
importScripts('/dist/standalone/tokenward-sw.js');

// Nothing listens at the issuer: these tests need no authorization server.
tokenward.start({
  issuer: 'http://localhost:9',
  clientId: 'spa',
  protectedResources: [{ url: 'http://localhost:9/api' }],
  scopes: ['openid', 'offline_access', 'notes:read'],
  parametersFromPage: ['login_hint'],
});
