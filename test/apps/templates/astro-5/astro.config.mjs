import { defineConfig } from 'astro/config';
// tokenward:begin
import { tokenward } from 'tokenward/vite';
// tokenward:end

export default defineConfig({
  // tokenward:begin
  vite: { plugins: [tokenward({ auto: 'manual' })] },
  // tokenward:end
});
