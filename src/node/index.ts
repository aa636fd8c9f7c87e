export { createTokenwardHandler } from './handler.ts';
export type { TokenwardHandler, TokenwardHandlerOptions } from './handler.ts';
export { secureClientErrors } from './node-client-errors.ts';
export { toNodeListener } from './node-listener.ts';
export type { NodeListener, NodeListenerOptions } from './node-listener.ts';
export { createSecurityPolicy, withSecurityHeaders } from './security-policy.ts';
export type { SecurityHeader, SecurityPolicy, SecurityPolicyOptions } from './security-policy.ts';
export type { WorkerScriptOptions } from './worker-script.ts';
