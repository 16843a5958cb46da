/**
 * Reads src/Api/Api.http. A section starts with a comment between two rules and contains requests; a request has a title, a name,
 * assertions, a method, a URL, headers and a body.
 */
export function readHttpFile(text) {
  const lines = text.split('\n');
  const sections = [];
  let request;

  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (isRule(line) && isRule(lines[i + 2])) {
      sections.push({ title: lines[i + 1].replace(/^# /, ''), requests: [] });
      request = undefined;
      i += 2;
    } else if (line.startsWith('### ')) {
      request = { title: line.slice(4), assertions: [], headers: [], body: [] };
      sections.at(-1).requests.push(request);
    } else if (request) {
      readLine(line, request);
    }
  }
  return sections;
}

const isRule = (line) => /^# -+$/.test(line ?? '');

function readLine(line, request) {
  const name = /^# @name (\w+)$/.exec(line);
  const assertion = /^# \?\? (\S+)(?: (.*))? (==|<|contains|startsWith|matches) (.*)$/.exec(line);
  const start = /^([A-Z]+) (\S+)$/.exec(line);
  const header = /^([\w-]+): (.*)$/.exec(line);
  if (name) request.name = name[1];
  else if (assertion) request.assertions.push({ text: line.slice(5), of: assertion[1], expression: assertion[2], predicate: assertion[3], expected: assertion[4] });
  else if (line.startsWith('#')) throw new Error(`Cannot parse: ${line}`);
  else if (!request.method && start) [, request.method, request.url] = start;
  else if (request.method && request.body.length === 0 && header) request.headers.push([header[1], header[2]]);
  else if (request.body.length > 0 || line === '') request.body.push(line);
  else throw new Error(`Cannot parse: ${line}`);
}
