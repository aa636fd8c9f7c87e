import { svelte } from '@sveltejs/vite-plugin-svelte';
import vue from '@vitejs/plugin-vue';
import { tokenward } from 'tokenward/vite';

// One for all of the examples; an app needs its own framework's plugin and Tokenward's.
export default {
  plugins: [vue(), svelte(), tokenward({ worker: '../tokenward-sw.js' })],
};
