// Packs the npm package of this repository, installs it, and starts the host and the page.
import { spawn, spawnSync } from 'node:child_process';

function run(command, ...args) {
  if (spawnSync(command, args, { stdio: 'inherit', cwd: import.meta.dirname }).status !== 0) process.exit(1);
}

run('npm', 'ci', '--prefix', '../../client', '--no-audit', '--no-fund');
run('npm', 'run', 'package', '--prefix', '../../client');
run('npm', 'install', '--no-audit', '--no-fund', '--no-package-lock');
const host = spawn('dotnet', ['run', '--project', '../MinimalHost', '--urls', 'http://localhost:5000'], { stdio: 'inherit', cwd: import.meta.dirname });
process.once('exit', () => host.kill());
run('npx', 'vite');
