// Bundles a program for a page, and prints its script.
import { build } from 'esbuild';

const { program } = JSON.parse(process.argv[2]);
const { outputFiles } = await build({
  stdin: { contents: program, loader: 'jsx', resolveDir: import.meta.dirname },
  bundle: true,
  write: false,
  format: 'esm',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'error',
});
console.log(JSON.stringify({ script: outputFiles[0].text }));
