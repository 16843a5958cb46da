import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/**
 * Fails a build whose page loads more script than the bound, gzipped, before anything is asked for. Measured on the
 * files as they were written, over all that the page imports at once; what it imports later is told, not bounded.
 */
export function scriptBound(entry: string, bound: number): Plugin {
  return {
    name: 'script-bound',
    apply: 'build',
    async writeBundle({ dir }, bundle) {
      if (dir === undefined) return this.error('There is no output folder to measure.');
      const page = Object.values(bundle).find((file) => file.type === 'chunk' && file.isEntry && file.name === entry);
      if (page === undefined) return this.error(`There is no entry '${entry}' to measure.`);

      const atOnce = new Set<string>();
      const add = (fileName: string) => {
        const file = bundle[fileName];
        if (file?.type !== 'chunk' || atOnce.has(fileName)) return;
        atOnce.add(fileName);
        file.imports.forEach(add);
      };
      add(page.fileName);

      const later = Object.values(bundle).filter((file) => file.type === 'chunk' && !file.isEntry && !atOnce.has(file.fileName));
      const size = await gzippedSize(dir, [...atOnce]);
      const laterSize = await gzippedSize(dir, later.map(({ fileName }) => fileName));
      this.info(`script of the page, gzipped: ${size} of ${bound} bytes (${[...atOnce].join(', ')}); later: ${laterSize} bytes`);
      if (size > bound) this.error(`The page loads ${size} bytes of gzipped script, which is more than ${bound}.`);
    },
  };
}

async function gzippedSize(folder: string, files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => gzipSync(await readFile(join(folder, file)), { level: 9 }).length));
  return sizes.reduce((total, size) => total + size, 0);
}
