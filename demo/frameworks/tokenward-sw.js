/// <reference types="tokenward/sw/standalone" />
tokenward.start({
  issuer: import.meta.env.VITE_ISSUER,
  clientId: import.meta.env.VITE_CLIENT_ID,
  protectedResources: [{ url: import.meta.env.VITE_API }],
  scopes: ['openid', 'profile', 'offline_access', 'notes:read'],
});
