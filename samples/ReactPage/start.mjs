// Packs the npm package of this repository, installs it, and starts the host and the page.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const folder = import.meta.dirname;
const server = process.env.SERVER ?? 'http://localhost:5000';

function run(command, ...args) {
  if (spawnSync(command, args, { stdio: 'inherit', cwd: folder }).status !== 0) process.exit(1);
}

if (!existsSync(`${folder}/../../client/node_modules`)) run('npm', 'ci', '--prefix', '../../client', '--no-audit', '--no-fund');
run('npm', 'run', 'package', '--prefix', '../../client');
run('npm', 'install', '--no-audit', '--no-fund', '--no-package-lock');
run('dotnet', 'build', '../MinimalHost');

const started = [
  spawn('dotnet', ['run', '--no-build', '--project', '../MinimalHost', '--urls', server], { stdio: 'inherit', cwd: folder }),
  spawn(process.execPath, ['node_modules/vite/bin/vite.js'], { stdio: 'inherit', cwd: folder, env: { ...process.env, SERVER: server } }),
];
// One that ends takes the other with it.
for (const child of started) child.once('exit', () => started.forEach(other => other.kill()));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => started.forEach(child => child.kill()));
