// tokenward:begin
tokenward.start({
  registrationScope: '/app/',
  endpointPath: '/app/auth',
  issuer: 'https://login.example',
  clientId: 'spa-demo',
  protectedResources: [{ url: 'https://api.example/v1' }],
  scopes: ['openid', 'profile', 'offline_access', 'notes:read'],
});
// tokenward:end
