import { svelte } from '@sveltejs/vite-plugin-svelte';
// tokenward:begin
import { tokenward } from 'tokenward/vite';
// tokenward:end
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [
    svelte(),
    // tokenward:begin
    tokenward(),
    // tokenward:end
  ],
});
