import { describe, expect, test } from 'vitest';
import { workerOptions } from '../../src/configuration/app-configuration.ts';
import { defineConfig } from '../../src/configuration/index.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';

const ORIGIN = 'https://app.example';
const WORKER = {
  issuer: 'https://login.example',
  clientId: 'my-app',
  protectedResources: [{ url: 'https://api.example/v1' }],
};
const APP = defineConfig({
  ...WORKER,
  origin: ORIGIN,
  authorizationServers: ['https://keys.example'],
  worker: { path: '/sw.js' },
  otherWorkers: ['/push/sw.js'],
  callback: 'app',
  pages: { frames: ['https://video.example'] },
});

describe('the configuration of the app, in the worker', () => {
  test('is that of the worker alone', () => {
    expect(JSON.stringify(parseConfiguration(workerOptions(APP), ORIGIN))).toBe(
      JSON.stringify(parseConfiguration(WORKER, ORIGIN)),
    );
  });

  test('is refused with an unknown option', () => {
    expect(() => parseConfiguration(workerOptions({ ...APP, orign: ORIGIN }), ORIGIN)).toThrow(/"orign"/);
  });

  test.for([undefined, null, 7, 'text', []])('is refused as before where it is no object with options: %j', (value) => {
    expect(() => parseConfiguration(workerOptions(value), ORIGIN)).toThrow(/configuration/);
  });
});
