/**
 * Builds the npm package and packs it into ../artifacts/npm: `npm run package -- 1.2.3`. Without an argument the version
 * is the tag of the commit (`v1.2.3`), or 0.0.0.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const client = fileURLToPath(new URL('..', import.meta.url));
const output = fileURLToPath(new URL('../../artifacts/npm', import.meta.url));
const folder = `${output}/package`;

const run = (command, ...args) => execFileSync(command, args, { cwd: client, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });

function versionOfTag() {
  const tags = run('git', 'tag', '--points-at', 'HEAD').split('\n');
  return tags.map((tag) => /^v?(\d+\.\d+\.\d+.*)$/.exec(tag)?.[1]).find((version) => version !== undefined);
}

rmSync(output, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
run(process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'package', '--outDir', `${folder}/dist`);

const manifest = JSON.parse(readFileSync(`${client}/package/package.json`, 'utf8'));
const version = process.argv[2] ?? versionOfTag() ?? manifest.version;
writeFileSync(`${folder}/package.json`, `${JSON.stringify({ ...manifest, version }, null, 2)}\n`);
cpSync(`${client}/package/README.md`, `${folder}/README.md`);
cpSync(`${client}/../LICENSE`, `${folder}/LICENSE`);

run('npm', 'pack', folder, '--pack-destination', output);
