import { readFile } from 'node:fs/promises';
import { defineConfig, type Plugin } from 'vite';

const api = 'http://localhost:5081';

/** minimal.html is a page as a newcomer would write it: it is shipped byte for byte, not built. */
const minimalPage: Plugin = {
  name: 'minimal-page',
  apply: 'build',
  async generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'minimal.html', source: await readFile(new URL('minimal.html', import.meta.url)) });
  },
};

export default defineConfig({
  server: {
    port: 5173,
    strictPort: true,
    // The page itself calls the API across origins, as configured there; only minimal.html asks its own origin.
    proxy: { '/sse': api },
  },
  build: {
    outDir: '../src/Api/wwwroot',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
  },
  plugins: [minimalPage],
});
