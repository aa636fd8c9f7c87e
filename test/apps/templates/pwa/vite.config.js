import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

export default defineConfig({
  plugins: [
    react(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src',
      filename: 'sw.js',
      manifest: { name: 'Notes', start_url: '/' },
      // tokenward:begin
      injectRegister: false,
      injectManifest: { rollupFormat: 'iife' },
      // tokenward:end
    }),
  ],
});
