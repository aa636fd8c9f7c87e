import { sveltekit } from '@sveltejs/kit/vite';
// tokenward:begin
import { tokenward } from 'tokenward/vite';
// tokenward:end
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [
    sveltekit(),
    // tokenward:begin
    tokenward({ auto: 'manual' }),
    // tokenward:end
  ],
});
