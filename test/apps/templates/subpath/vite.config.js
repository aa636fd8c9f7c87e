import react from '@vitejs/plugin-react';
// tokenward:begin
import { tokenward } from 'tokenward/vite';
// tokenward:end
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/app/',
  plugins: [
    react(),
    // tokenward:begin
    tokenward(),
    // tokenward:end
  ],
});
