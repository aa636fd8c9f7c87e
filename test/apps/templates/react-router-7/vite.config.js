import { reactRouter } from '@react-router/dev/vite';
// tokenward:begin
import { tokenward } from 'tokenward/vite';
// tokenward:end
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [
    reactRouter(),
    // tokenward:begin
    tokenward({ auto: 'manual' }),
    // tokenward:end
  ],
});
