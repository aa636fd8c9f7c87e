import { createSecurityPolicy, createTokenwardHandler } from '../../src/server/index.ts';
import { tokenward } from '../../src/vite/index.ts';
import { describe, expect, test } from 'vitest';

const OPTIONS = {
  worker: { path: '/tokenward-sw.js', script: '' },
  authorizationServers: ['https://as.example'],
  protectedResources: ['https://api.example'],
};

const MAKERS: Readonly<Record<string, (options: object) => unknown>> = {
  createTokenwardHandler: (options) => Reflect.apply(createTokenwardHandler, undefined, [options]),
  createSecurityPolicy: (options) =>
    Reflect.apply(createSecurityPolicy, undefined, [{ origin: 'https://app.example', ...options }]),
};

describe.for(Object.entries(MAKERS))('%s()', ([, make]) => {
  test.for([
    ['protectedResource', 'protectedResources'],
    ['authorizationServer', 'authorizationServers'],
    ['AuthorizationServers', 'authorizationServers'],
    ['workerUrl', 'worker'],
    ['reportURL', 'reportUrl'],
    ['connection', 'connections'],
    ['callback_path', 'callbackPath'],
  ] as const)('says of the unknown option %s which one was meant', ([name, likeliest]) => {
    expect(() => make({ ...OPTIONS, [name]: '' })).toThrow(
      new TypeError(`There is no option "${name}"; did you mean "${likeliest}"?`),
    );
  });

  test('lists the options where none comes close', () => {
    expect(() => make({ ...OPTIONS, hsts: true })).toThrow(/^There is no option "hsts"; there are .*callbackPath, /);
  });

  test.for(['worker', 'authorizationServers', 'protectedResources'])('calls %s missing where it is', (name) => {
    expect(() => make({ ...OPTIONS, [name]: undefined })).toThrow(new TypeError(`The option "${name}" is missing.`));
  });
});

describe('the plugin for Vite', () => {
  test.for([
    ['filename', 'fileName'],
    ['workerFile', 'worker'],
    ['connect', 'connections'],
    ['autoLogin', 'auto'],
  ] as const)('says of the unknown option %s which one was meant', ([name, likeliest]) => {
    expect(() => tokenward({ [name]: '' })).toThrow(
      new TypeError(`tokenward(): There is no option "${name}"; did you mean "${likeliest}"?`),
    );
  });
});
