export {
  createTestClient,
  type TestCall,
  type TestClient,
  type TestClientOptions,
  type TestUser,
} from './test-client.ts';
