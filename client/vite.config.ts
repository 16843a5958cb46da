import { readFile } from 'node:fs/promises';
import { defineConfig, type Plugin } from 'vite';
import { scriptBound } from './build/script-bound.ts';

const api = 'http://localhost:5081';
const port = 5173;

/** minimal.html is a page as a newcomer would write it: it is shipped byte for byte, not built. */
const minimalPage: Plugin = {
  name: 'minimal-page',
  apply: 'build',
  async generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'minimal.html', source: await readFile(new URL('minimal.html', import.meta.url)) });
  },
};

/** Vite's helper that preloads what an import needs is half a kilobyte, and the page's imports need nothing else. */
const noPreloadHelper: Plugin = {
  name: 'no-preload-helper',
  apply: 'build',
  enforce: 'pre',
  load: (id) => (id === '\0vite/preload-helper.js' ? 'export const __vitePreload = (load) => load();' : undefined),
};

/** Work on the page without the API: `npm run dev:alone`. */
const standIn: Plugin = {
  name: 'stand-in',
  apply: (_, { mode }) => mode === 'alone',
  async configureServer() {
    const { StandIn } = await import('./test/server.ts');
    await StandIn.start({ port: 5081, heartbeat: 15_000, origins: [`http://localhost:${port}`] });
  },
};

export default defineConfig({
  server: {
    port,
    strictPort: true,
    // The page itself calls the API across origins, as configured there; only minimal.html asks its own origin.
    proxy: { '/sse': api },
  },
  build: {
    outDir: '../src/Api/wwwroot',
    emptyOutDir: true,
    target: 'es2022',
    // One script is all that the page begins with.
    modulePreload: false,
    rolldownOptions: { input: { page: 'index.html' } },
  },
  plugins: [minimalPage, noPreloadHelper, standIn, scriptBound('page', 15_000)],
});
