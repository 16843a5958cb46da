/** Runs both request collections against the built server. The last line of the output has the counts. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import newman from 'newman';
import { collectionFile, collectionText } from './postman.mjs';
import { Server } from './server.mjs';

const httpFile = fileURLToPath(new URL('../../src/Api/Api.http', import.meta.url));
const httpyac = fileURLToPath(new URL('node_modules/httpyac/bin/httpyac.js', import.meta.url));
const requestTimeout = 30_000;

const failures = [];
let passed = 0;

function count(where, test, error) {
  if (error === undefined) passed++;
  else failures.push(`${where}: ${test}${error ? `\n    ${error}` : ''}`);
}

async function runHttpFile(base) {
  const args = [httpyac, 'send', httpFile, '--all', '--json', '--output', 'none', '--timeout', `${requestTimeout}`];
  const results = await new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: dirname(httpFile), env: { ...process.env, BASE: base }, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        reject(new Error(`httpyac returned no results: ${error ?? ''}\n${stdout}\n${stderr}`));
      }
    });
  });

  for (const { title, line, testResults } of results.requests)
    for (const { message, status, error } of testResults)
      count(`Api.http:${line + 1} ${title}`, message, status === 'SUCCESS' ? undefined : error?.displayMessage ?? status);

  const assertions = (await readFile(httpFile, 'utf8')).match(/^# \?\?/gm).length;
  if (results.summary.totalTests !== assertions)
    count('Api.http', `runs all of its ${assertions} assertions`, `It ran ${results.summary.totalTests}.`);
}

async function runCollection(base) {
  count('client/postman_collection.json', 'is up to date',
    (await readFile(collectionFile, 'utf8')) === (await collectionText()) ? undefined : 'Run npm run postman in tests/requests.');

  const { run } = await new Promise((resolve, reject) => {
    newman.run(
      { collection: fileURLToPath(collectionFile), envVar: [{ key: 'base', value: base }], reporters: [], timeoutRequest: requestTimeout },
      (error, summary) => (error ? reject(error) : resolve(summary)));
  });

  for (const { item, assertions = [], requestError } of run.executions) {
    if (requestError) count(`Postman: ${item.name}`, 'is answered', requestError.message);
    for (const { assertion, error } of assertions) count(`Postman: ${item.name}`, assertion, error?.message);
  }
  for (const { source, error } of run.failures.filter(({ error }) => error.name !== 'AssertionError'))
    count(`Postman: ${source?.name}`, 'runs', error.message);
}

async function attempt(what, action) {
  try {
    return await action();
  } catch (error) {
    count(what, 'runs', error.message);
  }
}

const server = await attempt('Server', () => Server.start());
if (server) {
  await attempt('Api.http', () => runHttpFile(server.base));
  await attempt('client/postman_collection.json', () => runCollection(server.base));
  const end = await server.stop();
  count('Server', 'stops on SIGTERM', end === 0 ? undefined : `It exited with ${end}.`);
}

for (const failure of failures) console.log(failure);
if (server && failures.length > 0) console.log(`\nThe server's last lines:\n${server.log.split('\n').slice(-50).join('\n')}\n`);
console.log(`${passed} passed, ${failures.length} failed, 0 skipped`);
process.exitCode = failures.length > 0 ? 1 : 0;
