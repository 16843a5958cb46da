/**
 * Packs the npm package, checks the tarball, and uses it in empty folders as an application does. TypeScript is the one of
 * the client, whose packages must be installed.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const client = at('../../client');
const version = '1.2.3-test.1';
const tarball = at(`../../artifacts/npm/sse-streaming-${version}.tgz`);

/** Runs a program. A failed test shows its output. */
async function run(program, args, folder) {
  try {
    const { stdout } = await promisify(execFile)(program, args, { cwd: folder });
    return stdout;
  } catch (error) {
    throw new Error(`${program} ${args.join(' ')} failed:\n${error.stdout}\n${error.stderr}`, { cause: error });
  }
}

const tsc = (folder, ...args) => run(process.execPath, [`${client}/node_modules/typescript/bin/tsc`, ...args], folder);
const install = (folder, ...packages) => run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages], folder);

/** An application without anything but the packages. */
async function newApplication(t, ...packages) {
  const folder = await mkdtemp(join(tmpdir(), 'sse-streaming-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await install(folder, tarball, ...packages);
  return folder;
}

/** Compiles with every check, against the declarations too, and as both kinds of applications resolve modules. */
async function compile(folder, ...files) {
  const options = ['--target', 'ES2022', '--lib', 'ES2022,DOM,DOM.Iterable', '--types', '', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false', '--jsx', 'react-jsx'];
  await tsc(folder, ...options, '--module', 'ESNext', '--moduleResolution', 'bundler', '--noEmit', ...files);
  await tsc(folder, ...options, '--module', 'NodeNext', ...files);
}

/** The code blocks of the package's README in one language, for a server at another address. */
async function samples(language, url) {
  const readme = await readFile(`${client}/package/README.md`, 'utf8');
  const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, name]) => name === language).map(([, , code]) => code);
  assert.equal(blocks.length, 1);
  return blocks[0].replaceAll('http://localhost:5081', url);
}

/** A server whose first response breaks off in the middle of a frame. */
async function startServer(t) {
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers['last-event-id'] ?? ''}`.trim());
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    if (requests.length === 1) {
      const text = 'retry: 1\n\nid: s.1\nevent: started\ndata: {"streamId":"s"}\n\nid: s.2\ndata: Lorem\n\nid: s.3\ndata: half of wh';
      response.write(text, () => response.destroy());
    } else {
      response.end('id: s.3\ndata:  ipsum\n\nid: s.4\nevent: completed\ndata: {}\n\ndata: [END]\n\n');
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${server.address().port}`, requests };
}

before(() => run('npm', ['run', 'package', '--', version], client));
after(() => rm(tarball, { force: true }));

test('publint finds nothing', () => run(at('node_modules/.bin/publint'), ['run', '--strict', tarball]));

test('its types match its modules', () => run(at('node_modules/.bin/attw'), [tarball, '--profile', 'esm-only']));

test('the tarball has only modules, their types, the manifest, the README and the licence', async (t) => {
  const folder = join(await newApplication(t), 'node_modules/sse-streaming');
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const others = files.map(({ name }) => name).filter((name) => !/^[a-z-]+(\.d\.ts|\.js)$/.test(name));
  assert.deepEqual(others.toSorted(), ['LICENSE', 'README.md', 'package.json']);

  const { devDependencies, scripts, ...manifest } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  assert.deepEqual([manifest.version, devDependencies, scripts], [version, undefined, undefined]);
});

test('without React, the sample of the README reads a stream to its end', async (t) => {
  const { url, requests } = await startServer(t);
  const folder = await newApplication(t);
  assert.deepEqual((await readdir(join(folder, 'node_modules'))).filter((name) => !name.startsWith('.')), ['eventsource-parser', 'sse-streaming']);

  await writeFile(join(folder, 'sample.ts'), await samples('ts', url));
  await compile(folder, 'sample.ts');
  assert.equal(await run(process.execPath, ['sample.js'], folder), 'Lorem\n ipsum\nLorem ipsum\n');
  assert.deepEqual(requests, ['POST /sse', 'GET /streams/s/events s.2']);
});

for (const major of [18, 19]) {
  test(`with React ${major}, the sample of the README is rendered on a server`, async (t) => {
    const folder = await newApplication(t, ...['react', 'react-dom', '@types/react', '@types/react-dom'].map((name) => `${name}@${major}`));
    await writeFile(join(folder, 'answer.tsx'), await samples('tsx', 'http://localhost:5081'));
    await writeFile(
      join(folder, 'main.tsx'),
      `import { renderToStaticMarkup } from 'react-dom/server';
      import { Answer } from './answer.js';
      console.log(renderToStaticMarkup(<Answer streamId="s" />));`,
    );
    await compile(folder, 'main.tsx', 'answer.tsx');
    assert.match(await run(process.execPath, ['main.js'], folder), /<button>Stop<\/button><p><\/p><output>idle<\/output>/);
  });
}
