// tokenward:begin
tokenward.start({
  base: import.meta.env.BASE_URL,
  issuer: 'https://login.example',
  clientId: 'spa-demo',
  protectedResources: [{ url: 'https://api.example/v1' }],
  scopes: ['openid', 'profile', 'offline_access', 'notes:read'],
});
// tokenward:end
