// tokenward:begin
import { createTokenward } from 'tokenward/server';
import config from '~~/tokenward.config';

export default fromNodeMiddleware(createTokenward(config).middleware);
// tokenward:end
