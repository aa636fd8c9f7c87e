// tokenward:begin
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
// tokenward:end
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

// tokenward:begin
const addIntegrity = async (entries) => {
  const manifest = [];
  for (const entry of entries) {
    const file = await readFile(`dist/${entry.url}`).catch(() => undefined);
    const hash = file && createHash('sha256').update(file).digest('base64');
    manifest.push(hash ? { ...entry, integrity: `sha256-${hash}` } : entry);
  }
  return { manifest };
};
// tokenward:end

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
      injectManifest: { rollupFormat: 'iife', manifestTransforms: [addIntegrity] },
      // tokenward:end
    }),
  ],
});
