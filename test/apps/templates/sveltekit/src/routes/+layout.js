// tokenward:begin
import { connect } from 'tokenward';
// tokenward:end

export const ssr = false;

// tokenward:begin
export async function load() {
  return { client: await connect({ worker: '/tokenward-sw.js' }) };
}
// tokenward:end
