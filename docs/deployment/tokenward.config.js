import { defineConfig } from 'tokenward/config';

export default defineConfig({
  origin: 'https://app.example',
  issuer: 'https://login.example',
  clientId: 'my-app',
  protectedResources: [{ url: 'https://api.example' }],
});
