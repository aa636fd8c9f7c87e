// tokenward:begin
importScripts('/tokenward-lib.js');
tokenward.start({
  issuer: 'https://login.example',
  clientId: 'spa-demo',
  protectedResources: [{ url: 'https://api.example/v1' }],
  scopes: ['openid', 'profile', 'offline_access', 'notes:read'],
});
if (self.location.hostname === 'localhost') {
  // MSW unregisters its worker when the last page closes. The session would end with it.
  self.addEventListener('message', (event) => {
    if ('data' in event && event.data === 'CLIENT_CLOSED') event.stopImmediatePropagation();
  });
  importScripts('./mockServiceWorker.js');
}
// tokenward:end
