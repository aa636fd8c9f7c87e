import { withoutLibrary } from '../examined-deployment.ts';
import { configured, type PlantedFault } from './plant.ts';

export const CONFIGURATION_FAULTS: readonly PlantedFault[] = [
  ['a key that page script can use', configured({ withoutSecret: 'wrapped' }), 'warn configuration-without-secret'],
  ['adoption', configured({ adoption: 'allow' }), 'warn configuration-adoption'],
  [
    'markup that gets tokens',
    ({ app, apiUrl }) => app.configure({ worker: { protectedResources: [{ url: apiUrl, destinations: ['image'] }] } }),
    'warn configuration-destinations',
  ],
  [
    'a configuration that is computed',
    ({ app }) =>
      app.configure({
        workerScript: (text) => withoutLibrary(text).replace(/"clientId": "[^"]*"/, 'clientId: location.host'),
      }),
    'warn configuration-read',
    'warn redirect-uri',
  ],
  [
    'a scope that holds neither the page nor the callback',
    configured({ registrationScope: '/app/' }),
    'fail configuration-valid',
  ],
  ['no protected resource', configured({ protectedResources: [] }), 'fail configuration-valid', 'warn api-named'],
];
