import { defineConfig } from 'vite';

const server = process.env.SERVER ?? 'http://localhost:5000';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic' } },
  server: { port: 5174, proxy: { '/ai': server } },
});
