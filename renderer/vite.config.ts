import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// The page is served by the host (core/service) or by Electron's own protocol; never from a file and never by Vite itself.
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [svelte()],
  worker: { format: 'es' },
  // One chunk: it is read from this machine, where many small files would take longer than one large one.
  build: { target: 'es2022', outDir: '../dist/renderer', emptyOutDir: true, chunkSizeWarningLimit: 2000 },
});
