import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A stand-in for the real server that speaks its wire format, for tests that need a server to misbehave on command, and
 * for work on the page without .NET. It keeps no promise about memory, limits or grace.
 */
export interface StandInOptions {
  readonly port?: number;
  /** Milliseconds for the `retry` field of each response. */
  readonly retry?: number;
  /** Milliseconds of silence before a heartbeat; none if undefined. */
  readonly heartbeat?: number;
  /** Origins that may call, as `Cors:Origins` of the real server. */
  readonly origins?: readonly string[];
  /** Answers what is not the API's, such as the files of the page. */
  readonly fallback?: (request: IncomingMessage, response: ServerResponse) => void;
}

/** Answers in place of the API; false leaves the request to it. */
export type Interception = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface StartFields {
  readonly source?: string;
  readonly prompt?: string;
  readonly messages?: readonly { role: string; content: string }[];
  readonly words?: string;
  readonly pace?: string;
}

interface Source {
  readonly name: string;
  readonly description: string;
  readonly default?: boolean;
  readonly takesPrompt: boolean;
  readonly takesMessages?: boolean;
  readonly options: { type: 'object'; properties: Record<string, object>; required: string[]; additionalProperties: false };
  segments(request: StartFields): Iterable<string | Failure>;
}

/** A segment that cannot be made. */
class Failure {}

const pace = { type: 'integer', minimum: 0, maximum: 60000, default: 20, description: 'Milliseconds between two segments; 0 is as fast as it goes.' };

const sources: readonly Source[] = [
  {
    name: 'lorem',
    description: 'Lorem ipsum, as many words as you like.',
    default: true,
    takesPrompt: false,
    options: {
      type: 'object',
      properties: {
        words: { type: 'integer', minimum: 1, maximum: 1_000_000, default: 100, description: 'How many words.' },
        pace,
        seed: { type: 'integer', description: 'The same seed gives the same words.' },
      },
      required: [],
      additionalProperties: false,
    },
    segments: ({ words = '100' }) => lorem(Number(words)),
  },
  {
    name: 'script',
    description: 'The segments that a test has given, or a page of Markdown.',
    takesPrompt: true,
    options: {
      type: 'object',
      properties: {
        pace,
        style: { type: 'string', enum: ['plain', 'rich'], default: 'rich', description: 'How it is written.' },
        loud: { type: 'boolean', default: false, description: 'In capitals.' },
      },
      required: [],
      additionalProperties: false,
    },
    segments: () => markdown.match(/\s*\S+/gu) ?? [],
  },
  {
    name: 'chat',
    description: 'Repeats the last prompt, with its number in the conversation.',
    takesPrompt: true,
    takesMessages: true,
    options: { type: 'object', properties: { pace }, required: [], additionalProperties: false },
    segments: ({ prompt, messages }) => {
      const prompts = messages?.filter(({ role }) => role === 'user').map(({ content }) => content) ?? [prompt];
      return [`Answer ${prompts.length}`, ' to', ` *${prompts.at(-1)}*.`];
    },
  },
  {
    name: 'failing',
    description: 'Fails after twelve words.',
    takesPrompt: false,
    options: { type: 'object', properties: { pace }, required: [], additionalProperties: false },
    segments: function* () {
      yield* lorem(12);
      yield new Failure();
    },
  },
];

const vocabulary = 'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua'.split(' ');

function* lorem(words: number): Iterable<string> {
  for (let i = 0; i < words; i++) {
    const word = vocabulary[(i * 7 + (i >> 4)) % vocabulary.length] ?? '';
    const first = i % 9 === 0;
    const last = i % 9 === 8 || i === words - 1;
    yield `${i === 0 ? '' : i % 72 === 0 ? '\n\n' : ' '}${first ? word.charAt(0).toUpperCase() + word.slice(1) : word}${last ? '.' : ''}`;
  }
}

const markdown = `# A passage in Markdown

It has **strong** and *gentle* words, \`code\`, a [link](https://example.org/) and a list:

- one
- two, with a
  second line

| word | meaning |
|---|---|
| viewer | a position |
| segment | the text of one event |

\`\`\`ts
for await (const event of stream) show(event);
\`\`\`

> What was said is said.

Done.
`;

type Status = 'running' | 'completed' | 'stopped' | 'failed';

class Stream {
  readonly id = randomBytes(16).toString('base64url');
  readonly created = new Date();
  readonly frames: string[] = [];
  readonly segments: string[] = [];
  readonly viewers = new Set<Viewer>();
  status: Status = 'running';
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly source: string,
    segments: Iterable<string | Failure>,
    readonly pace: number,
    held: Promise<void> | undefined,
  ) {
    this.#append('started', { streamId: this.id, source });
    const iterator = segments[Symbol.iterator]();
    void (held ?? Promise.resolve()).then(() => this.#pump(iterator));
  }

  get text(): string {
    return this.segments.join('');
  }

  end(status: Exclude<Status, 'running'>, details: object): void {
    if (this.status !== 'running') return;
    clearTimeout(this.#timer);
    this.status = status;
    this.#append(status, details);
    for (const viewer of this.viewers) viewer.end();
  }

  describe(): object {
    return {
      id: this.id,
      source: this.source,
      status: this.status,
      created: this.created,
      segments: this.segments.length,
      characters: this.text.length,
      viewers: this.viewers.size,
      lastEventId: `${this.id}.${this.frames.length}`,
    };
  }

  #pump(segments: Iterator<string | Failure>): void {
    // In steps, so that requests are answered in between also where there is no pace.
    for (let step = 0; step < (this.pace === 0 ? 500 : 1); step++) {
      if (this.status !== 'running') return;
      const next = segments.next();
      if (next.done === true) {
        this.end('completed', { segments: this.segments.length, characters: this.text.length, finishReason: 'stop' });
        return;
      }
      if (next.value instanceof Failure) {
        this.end('failed', { type: 'about:blank', title: 'The generator failed', status: 500, detail: 'The source ran dry after twelve words.' });
        return;
      }
      this.segments.push(next.value);
      this.#append(undefined, next.value);
    }
    this.#timer = setTimeout(() => this.#pump(segments), this.pace);
  }

  #append(event: string | undefined, data: object | string): void {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    const lines = text.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`).join('');
    this.frames.push(`id: ${this.id}.${this.frames.length + 1}\n${event === undefined ? '' : `event: ${event}\n`}${lines}\n`);
    for (const viewer of this.viewers) viewer.catchUp();
  }
}

class Viewer {
  #heartbeat: NodeJS.Timeout | undefined;
  #muted = false;

  constructor(
    readonly stream: Stream,
    private position: number,
    readonly response: ServerResponse,
    { retry = 2000, heartbeat }: StandInOptions,
  ) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-store, no-transform' });
    response.write(`retry: ${retry}\n\n`);
    if (heartbeat !== undefined) {
      this.#heartbeat = setInterval(() => {
        if (!this.#muted) response.write(': heartbeat\n\n');
      }, heartbeat);
    }
    response.on('close', () => this.leave());
    stream.viewers.add(this);
    this.catchUp();
    if (stream.status !== 'running') this.end();
  }

  /** The connection stays open and nothing more comes: what a client sees of a cable that was pulled. */
  mute(): number {
    this.#muted = true;
    return this.position;
  }

  breakOff(): void {
    this.mute();
    this.response.write(`id: ${this.stream.id}.${this.position + 1}\ndata: half of wh`, () => this.response.destroy());
  }

  catchUp(): void {
    if (this.#muted || this.response.destroyed) return;
    const frames = this.stream.frames.slice(this.position);
    this.position += frames.length;
    if (frames.length > 0) this.response.write(frames.join(''));
  }

  end(): void {
    if (!this.#muted) this.response.end('data: [END]\n\n');
  }

  leave(): void {
    clearInterval(this.#heartbeat);
    this.stream.viewers.delete(this);
  }
}

export class StandIn {
  readonly requests: ReceivedRequest[] = [];
  readonly streams = new Map<string, Stream>();
  /** What the source `script` says. */
  script: readonly string[] | undefined;
  /** Generations make their first segment only after this. */
  held: Promise<void> | undefined;
  intercept: Interception | undefined;
  readonly #byKey = new Map<string, Stream>();
  readonly #options: StandInOptions;
  #server: Server | undefined;
  #port: number;

  private constructor(options: StandInOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
  }

  static async start(options: StandInOptions = {}): Promise<StandIn> {
    const standIn = new StandIn(options);
    await standIn.listen();
    return standIn;
  }

  get url(): string {
    return `http://localhost:${this.#port}`;
  }

  get viewers(): Viewer[] {
    return [...this.streams.values()].flatMap((stream) => [...stream.viewers]);
  }

  /** Also after `close()`, on the same port and with what was stored: a restart. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.#port, resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const server = this.#server;
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
  }

  /** Breaks each open response off, in the middle of a frame. */
  drop(): void {
    for (const viewer of this.viewers) viewer.breakOff();
  }

  /** Ends each open response as a server does that is about to stop. */
  endResponses(): void {
    for (const viewer of this.viewers) viewer.response.end();
  }

  /** Silences each open response, and says how many events each has been sent. */
  mute(): number[] {
    return this.viewers.map((viewer) => viewer.mute());
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const body = await readAll(request);
    const received: ReceivedRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
    };
    this.requests.push(received);
    this.#allowOrigin(request, response);
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    if (this.intercept?.(request, response) === true) return;
    this.#route(received, request, response);
  }

  #route(received: ReceivedRequest, request: IncomingMessage, response: ServerResponse): void {
    const { method, path } = received;
    const [, id, part] = /^\/streams\/([^/]+)(?:\/(events|text))?$/.exec(path) ?? [];
    if (method === 'GET' && path === '/sources') sendJson(response, 200, describeSources());
    else if (method === 'GET' && path === '/streams') this.#list(received, response);
    else if (path === '/sse' && (method === 'GET' || method === 'POST')) this.#sse(received, response);
    else if (method === 'POST' && path === '/streams') {
      const stream = this.#start(received, response);
      if (stream !== undefined) sendJson(response.setHeader('Location', `/streams/${stream.id}`), 201, stream.describe());
    } else if (id !== undefined) this.#stream(decodeURIComponent(id), part, received, response);
    else if (this.#options.fallback !== undefined) this.#options.fallback(request, response);
    else sendProblem(response, 404, 'There is nothing here');
  }

  /** The streams of all users: the stand-in does not know tokens apart. */
  #list({ headers, query }: ReceivedRequest, response: ServerResponse): void {
    if (headers.authorization === undefined) {
      sendProblem(response, 403, 'That is not allowed.');
      return;
    }
    const wanted = query.get('status');
    const streams = [...this.streams.values()].toReversed().filter(({ status }) => wanted === null || status === wanted);
    sendJson(response, 200, { streams: streams.map((stream) => stream.describe()), next: null });
  }

  #sse(received: ReceivedRequest, response: ServerResponse): void {
    const position = positionOf(received);
    if (position !== '') {
      const stream = this.streams.get(position.split('.')[0] ?? '');
      if (stream === undefined) sendProblem(response, 404, 'Unknown stream');
      else this.#view(stream, position, response);
      return;
    }

    const key = received.headers['idempotency-key'];
    const joined = typeof key === 'string' ? this.#byKey.get(key) : undefined;
    const stream = joined ?? this.#start(received, response);
    if (stream === undefined) return;
    if (typeof key === 'string') this.#byKey.set(key, stream);
    this.#view(stream, '', response);
  }

  #stream(id: string, part: string | undefined, received: ReceivedRequest, response: ServerResponse): void {
    const stream = this.streams.get(id);
    if (stream === undefined) sendProblem(response, 404, 'Unknown stream', `No stream ${id} is kept here.`);
    else if (received.method === 'DELETE') {
      stream.end('stopped', { reason: 'requested' });
      response.writeHead(204).end();
    } else if (part === 'events') this.#view(stream, positionOf(received), response);
    else if (part === 'text') response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' }).end(stream.text);
    else sendJson(response, 200, stream.describe());
  }

  #start(received: ReceivedRequest, response: ServerResponse): Stream | undefined {
    const fields = (received.body === '' ? Object.fromEntries(received.query) : JSON.parse(received.body)) as StartFields;
    const source = sources.find(({ name, default: isDefault }) => (fields.source === undefined ? isDefault === true : name === fields.source));
    if (source === undefined) {
      sendProblem(response, 400, 'The request is not valid', undefined, { source: [`There is no source '${fields.source}'.`] });
      return undefined;
    }
    const unknown = Object.keys(fields).filter((name) => !['source', 'prompt', 'onDisconnect', 'thread', ...(source.takesMessages === true ? ['messages'] : []), 'access_token'].includes(name) && !(name in source.options.properties));
    if (unknown.length > 0) {
      const errors = Object.fromEntries(unknown.map((name) => [name, [`The source '${source.name}' takes no '${name}'.`]]));
      sendProblem(response, 400, 'The request is not valid', undefined, errors);
      return undefined;
    }

    const segments = source.name === 'script' && this.script !== undefined ? this.script : source.segments(fields);
    const stream = new Stream(source.name, segments, Number(fields.pace ?? 20), this.held);
    this.streams.set(stream.id, stream);
    return stream;
  }

  #view(stream: Stream, lastEventId: string, response: ServerResponse): void {
    const position = lastEventId === '' ? 0 : Number(lastEventId.split('.')[1]);
    if (Number.isNaN(position)) sendProblem(response, 400, 'The request is not valid', undefined, { 'Last-Event-ID': ['It is no event id.'] });
    else if (position > stream.frames.length) sendProblem(response, 410, 'There is no such position');
    else if (stream.status !== 'running' && position === stream.frames.length) response.writeHead(204).end();
    else new Viewer(stream, position, response, this.#options);
  }

  #allowOrigin(request: IncomingMessage, response: ServerResponse): void {
    const { origin } = request.headers;
    if (origin === undefined || this.#options.origins?.includes(origin) !== true) return;
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Allow-Methods', 'GET, POST, DELETE');
    response.setHeader('Access-Control-Allow-Headers', 'Last-Event-ID, Authorization, Idempotency-Key, Content-Type');
    response.setHeader('Access-Control-Expose-Headers', 'Location, Retry-After');
  }
}

function describeSources(): object {
  return {
    default: 'lorem',
    sources: sources.map(({ name, description, default: isDefault = false, options, takesPrompt, takesMessages = false }) => ({
      name,
      description,
      default: isDefault,
      options,
      takesPrompt,
      takesMessages,
    })),
  };
}

function positionOf({ headers, query }: ReceivedRequest): string {
  const header = headers['last-event-id'];
  return typeof header === 'string' ? header : (query.get('lastEventId') ?? '');
}

async function readAll(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}

export function sendProblem(
  response: ServerResponse,
  status: number,
  title: string,
  detail?: string,
  errors?: Record<string, string[]>,
): void {
  response
    .writeHead(status, { 'Content-Type': 'application/problem+json' })
    .end(JSON.stringify({ type: 'about:blank', title, status, detail, errors }));
}
