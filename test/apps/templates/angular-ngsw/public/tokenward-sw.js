// tokenward:begin
importScripts('/tokenward-lib.js');
tokenward.start({
  issuer: 'https://login.example',
  clientId: 'spa-demo',
  protectedResources: [{ url: 'https://api.example/v1' }],
  scopes: ['openid', 'profile', 'offline_access', 'notes:read'],
});
importScripts('/ngsw-worker.js');
// tokenward:end
