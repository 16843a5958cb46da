// Runs the conformance suite against a server, and prints the result of each test.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { server } = JSON.parse(process.argv[2]);
const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
const report = join(folder, 'report.json');
const suite = spawn(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'durable.test.mjs', '--reporter=json', `--outputFile=${report}`],
  { stdio: 'ignore', env: { ...process.env, CONFORMANCE_TEST_URL: server.replace(/\/$/, '') } },
);
await new Promise((resolve) => suite.on('close', resolve));
const { testResults } = JSON.parse(readFileSync(report));
rmSync(folder, { recursive: true });
const results = testResults.flatMap((file) => file.assertionResults)
  .map(({ fullName, status, failureMessages }) => ({ name: fullName, status, message: failureMessages[0] ?? null }));
console.log(JSON.stringify(results));
