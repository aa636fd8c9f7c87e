export type { TestApiRequest, TestRoute, SeenTestRequest } from './test-api.ts';
export type { TestUser } from './grants.ts';
export {
  startTestServers,
  type TestBrowserPage,
  type TestServers,
  type TestServersOptions,
  type TestWorkerOptions,
} from './test-servers.ts';
