// Prints the versions of the installed packages.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(import.meta.url);
const versions = {};
for (const name of ['openai', 'ai5', 'ai6', 'ai7', '@ai-sdk/react', '@durable-streams/client', '@durable-streams/server-conformance-tests']) {
  const path = require.resolve(name).split(`node_modules/${name}/`)[0];
  versions[name] = JSON.parse(readFileSync(`${path}node_modules/${name}/package.json`)).version;
}
console.log(JSON.stringify(versions));
