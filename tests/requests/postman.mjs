/**
 * Generates client/postman_collection.json from Api.http: `npm run postman`. `npm test` fails if the file is not up to date.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { readHttpFile } from './http-file.mjs';

const httpFile = new URL('../../src/Api/Api.http', import.meta.url);
export const collectionFile = new URL('../../client/postman_collection.json', import.meta.url);

const description = `Every route with its errors. Run the folders from top to bottom: later requests use the responses of earlier ones.

Generated from src/Api/Api.http by tests/requests/postman.mjs.`;

export async function collectionText() {
  const text = await readFile(httpFile, 'utf8');
  return `${JSON.stringify(collectionOf(text), null, 2)}\n`;
}

function collectionOf(text) {
  return {
    info: { name: 'SseStreaming', description, schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
    variable: [...text.matchAll(/^@(\w+) = (.*)$/gm)].map(([, key, value]) => ({ key, value })),
    item: readHttpFile(text).map(({ title, requests }) => ({ name: title, item: requests.map(itemOf) })),
  };
}

function itemOf(request) {
  const computed = [];
  const body = variables(request.body.join('\n').trim(), computed);
  const events = [{ listen: 'test', script: { type: 'text/javascript', exec: testsOf(request) } }];
  if (computed.length > 0)
    events.push({ listen: 'prerequest', script: { type: 'text/javascript', exec: computed } });
  return {
    name: request.title,
    event: events,
    request: {
      method: request.method,
      header: request.headers.map(([key, value]) => ({ key, value: variables(value) })),
      ...(body && { body: { mode: 'raw', raw: body } }),
      url: urlOf(variables(request.url)),
    },
  };
}

function urlOf(raw) {
  const [address, query] = raw.split('?');
  const [host, ...path] = address.split('/');
  return {
    raw,
    host: [host],
    path,
    ...(query && { query: query.split('&').map((pair) => pair.split('=')).map(([key, value]) => ({ key, value })) }),
  };
}

/** Postman variables have plain names: tests set the variables of responses, and a pre-request script sets computed variables. */
function variables(text, computed = []) {
  return text
    .replace(/\{\{(\w+)\.response\.body\.\$\.(\w+)\}\}/g, '{{$1.$2}}')
    .replace(/\{\{('.*?)\}\}/g, (_, expression) => {
      computed.push(`pm.variables.set('computed', ${expression});`);
      return '{{computed}}';
    });
}

function testsOf({ name, assertions }) {
  const usesBody = name || assertions.some(({ of, expression, expected }) => of === 'js' || (of === 'body' && expression) || /\bparsedBody\b/.test(expected));
  const lines = [`const response = { body: pm.response.text()${usesBody ? ', parsedBody: pm.response.json()' : ''} };`];
  for (const assertion of assertions)
    lines.push(`pm.test(${literal(assertion.text.replace(/^js /, ''))}, () => ${expectation(assertion)});`);
  if (name)
    lines.push(`for (const [key, value] of Object.entries(response.parsedBody)) pm.collectionVariables.set(\`${name}.\${key}\`, value);`);
  return lines;
}

function expectation({ of, expression, predicate, expected }) {
  const actual = {
    status: () => 'pm.response.code',
    header: () => `pm.response.headers.get('${expression}')`,
    body: () => (expression ? `response.parsedBody.${expression}` : 'response.body'),
    js: () => expression,
  }[of]();
  const value = /^(\d+|null|undefined)$/.test(expected) ? expected : literal(expected);
  return {
    '==': `pm.expect(${actual}).to.equal(${value})`,
    '<': `pm.expect(${actual}).to.be.below(${value})`,
    contains: `pm.expect(${actual}).to.include(${value})`,
    startsWith: `pm.expect(${actual}.startsWith(${value})).to.equal(true)`,
    matches: `pm.expect(${actual}).to.match(new RegExp(${value}))`,
  }[predicate];
}

/** A string literal of JavaScript, with {{…}} replaced by its value. */
function literal(text) {
  if (!/\{\{/.test(text)) return `'${text.replace(/[\\']/g, '\\$&')}'`;
  const template = text
    .replace(/[\\`]/g, '\\$&')
    .replace(/\{\{(\w+)\.response\.body\.\$\.(\w+)\}\}/g, "${pm.variables.get('$1.$2')}")
    .replace(/\{\{(response\.\S+?)\}\}/g, '${$1}');
  return `\`${template}\``;
}

if (argv[1] === fileURLToPath(import.meta.url))
  await writeFile(collectionFile, await collectionText());
