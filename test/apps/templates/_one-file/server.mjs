import { createServer } from 'node:http';
import sirv from 'sirv';
// tokenward:begin
import { createTokenward } from 'tokenward/server';
import config from './tokenward.config.js';

const tokenward = createTokenward(config);
// tokenward:end
const [folder] = process.argv.slice(2);
const app = sirv(folder, { single: true });

createServer((request, response) => {
  // tokenward:begin
  tokenward.middleware(request, response, () => {
    // tokenward:end
    app(request, response);
    // tokenward:begin
  });
  // tokenward:end
}).listen(Number(process.env.PORT), 'localhost');
