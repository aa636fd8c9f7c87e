import react from '@vitejs/plugin-react';
// tokenward:begin
import { tokenward } from 'tokenward/vite';
// tokenward:end
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [
    react(),
    // tokenward:begin
    tokenward(),
    // tokenward:end
  ],
});
