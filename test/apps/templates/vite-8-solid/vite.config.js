// tokenward:begin
import { tokenward } from 'tokenward/vite';
// tokenward:end
import { defineConfig } from 'vite';
import solid from 'vite-plugin-solid';

export default defineConfig({
  plugins: [
    solid(),
    // tokenward:begin
    tokenward(),
    // tokenward:end
  ],
});
