/** Lints the API description that the built server serves, without and with authentication (redocly.yaml). */
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Server } from './server.mjs';

const redocly = fileURLToPath(new URL('node_modules/@redocly/cli/bin/cli.js', import.meta.url));
const config = fileURLToPath(new URL('redocly.yaml', import.meta.url));

const key = 'a-key-that-signs-the-token-of-this-run-only';
const claims = { iss: 'openapi.mjs', aud: 'sse-streaming', sub: 'linter', exp: Math.floor(Date.now() / 1000) + 600 };
const variants = {
  'without authentication': { settings: {}, headers: {} },
  'with authentication': {
    settings: { Auth__Required: 'true', Auth__SigningKey: key, Auth__Issuer: claims.iss, Auth__Audience: claims.aud },
    headers: { Authorization: `Bearer ${sign(claims)}` },
  },
};

function sign(payload) {
  const parts = [{ alg: 'HS256', typ: 'JWT' }, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${parts}.${createHmac('sha256', key).update(parts).digest('base64url')}`;
}

async function download({ settings, headers }, file) {
  const server = await Server.start(settings);
  try {
    const response = await fetch(`${server.base}/openapi/v1.json`, { headers });
    if (!response.ok) throw new Error(`GET /openapi/v1.json returned ${response.status}.`);
    await writeFile(file, await response.text());
  } finally {
    await server.stop();
  }
}

async function lint(file) {
  const options = { env: { ...env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } };
  const result = await promisify(execFile)(execPath, [redocly, 'lint', file, '--config', config], options).catch((error) => error);
  console.log(result.stdout, result.stderr);
  return !(result instanceof Error);
}

const folder = await mkdtemp(join(tmpdir(), 'sse-openapi-'));
try {
  for (const [name, variant] of Object.entries(variants)) {
    const file = join(folder, `${name.replaceAll(' ', '-')}.json`);
    await download(variant, file);
    if (!(await lint(file))) process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true });
}
