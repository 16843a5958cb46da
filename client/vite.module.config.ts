import { defineConfig } from 'vite';

/** The module text-stream as one file that any page can import, served next to the page as /text-stream.js. */
export default defineConfig({
  publicDir: false,
  build: {
    outDir: '../src/Api/wwwroot',
    emptyOutDir: false,
    target: 'es2022',
    lib: { entry: 'src/text-stream/index.ts', formats: ['es'], fileName: () => 'text-stream.js' },
  },
});
