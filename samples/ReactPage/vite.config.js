import { defineConfig } from 'vite';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic' } },
  server: { port: Number(process.env.PORT ?? 5174), strictPort: true, proxy: { '/ai': process.env.SERVER } },
});
