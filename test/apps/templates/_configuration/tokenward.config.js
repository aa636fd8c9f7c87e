// tokenward:begin
import { defineConfig } from 'tokenward/config';

export default defineConfig({
  origin: 'https://app.example',
  issuer: 'https://login.example',
  clientId: 'spa-demo',
  protectedResources: [{ url: 'https://api.example/v1' }],
  scopes: ['openid', 'profile', 'offline_access', 'notes:read'],
});
// tokenward:end
