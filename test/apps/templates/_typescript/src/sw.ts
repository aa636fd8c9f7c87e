import { startTokenward, type TokenwardOptions } from 'tokenward/sw';
import { forWorkbox } from 'tokenward/workbox';

const options: TokenwardOptions = {
  issuer: 'https://login.example',
  clientId: 'my-app',
  protectedResources: [{ url: 'https://api.example/v1' }],
};
export const workbox = forWorkbox(startTokenward(options));
