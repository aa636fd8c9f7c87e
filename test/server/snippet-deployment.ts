import { createSecurityPolicy, createTokenwardHandler, type TokenwardHandler } from '../../src/server/index.ts';
import type { SecurityPolicy } from '../../src/server/index.ts';
import { SCRIPT } from './deployment.ts';

/** What the files of docs/deployment are written for. */
const DEPLOYMENT = {
  origin: 'https://app.example',
  worker: { path: '/tokenward-sw.js', script: SCRIPT },
  authorizationServers: ['https://login.example'],
  protectedResources: ['https://api.example'],
};

/** What they have to be the same as. */
export const handle: TokenwardHandler = createTokenwardHandler(DEPLOYMENT);
export const policy: SecurityPolicy = createSecurityPolicy(DEPLOYMENT);

/** Policy on a host that has no rule by a request header. */
export const policyWithoutGate: SecurityPolicy = createSecurityPolicy({ ...DEPLOYMENT, gate: 'missing' });

/** The headers that matter. */
export const COMPARED: readonly string[] = [
  'cache-control',
  'content-security-policy',
  'content-type',
  'cross-origin-opener-policy',
  'referrer-policy',
  'vary',
  'x-content-type-options',
  'x-frame-options',
];
