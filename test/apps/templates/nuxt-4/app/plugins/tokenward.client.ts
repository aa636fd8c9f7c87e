// tokenward:begin
import { connect } from 'tokenward';

export default defineNuxtPlugin(async () => {
  const client = await connect();
  return { provide: { client } };
});
// tokenward:end
