import type { RetryOptions } from './backoff';
import type { TextStreamState } from './state';

export interface TextStreamOptions {
  /** `…/sse` starts a generation; `…/streams/{id}/events` joins one. */
  readonly url: string | URL;
  /** Only the first request is ever a POST. A resume is a GET. */
  readonly method?: 'GET' | 'POST';
  /** Asked again for each connection, so that a token can be renewed. */
  readonly headers?: () => HeadersInit | Promise<HeadersInit>;
  /** Sent as JSON with a POST. */
  readonly body?: object;
  /**
   * Lets a POST be repeated: the server joins the repetition to the stream that the first one started. Made here unless
   * given; `false` for a server that does not know the header, where a POST that fails is then final.
   */
  readonly idempotencyKey?: string | false;
  /** Begin after this event. The passage then begins there too. */
  readonly lastEventId?: string;
  readonly signal?: AbortSignal;
  /** `auto` is `fetch` wherever a response body can be read as it comes; `eventsource` can do GET without headers only. */
  readonly transport?: 'auto' | 'eventsource' | 'fetch';
  /** Milliseconds of silence after which a connection counts as dead, until the server's heartbeat has been learned. */
  readonly idle?: number;
  readonly retry?: RetryOptions;
  /** Most characters of one event and of the whole passage. */
  readonly limits?: { readonly event?: number; readonly passage?: number };
  readonly credentials?: RequestCredentials;
  /** Called after each change, with the state as it was then. */
  readonly onState?: (state: TextStreamState) => void;
  /** Other implementations of what the platform provides. */
  readonly fetch?: typeof fetch;
  readonly EventSource?: typeof EventSource;
  readonly random?: () => number;
}

export interface Settings {
  readonly method: 'GET' | 'POST';
  readonly headers: (() => HeadersInit | Promise<HeadersInit>) | undefined;
  readonly body: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly native: boolean;
  readonly idle: number;
  readonly retry: Required<RetryOptions>;
  readonly limits: { readonly event: number; readonly passage: number };
  readonly credentials: RequestCredentials | undefined;
  readonly fetch: typeof fetch;
  readonly EventSource: typeof EventSource;
  readonly random: () => number;
}

export function readOptions(options: TextStreamOptions): Settings {
  const method = options.method ?? 'GET';
  const native = isNative(options, method);
  if (options.body !== undefined && method !== 'POST') throw new TypeError('Only a POST has a body.');

  return {
    method,
    headers: options.headers,
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
    idempotencyKey: method === 'POST' ? idempotencyKey(options.idempotencyKey) : undefined,
    native,
    idle: options.idle ?? 45_000,
    retry: { base: 1_000, max: 30_000, attempts: 12, ...options.retry },
    limits: { event: 4_000_000, passage: 50_000_000, ...options.limits },
    credentials: options.credentials,
    // Bound: the platform's fetch refuses to be called as a method of these settings.
    fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
    EventSource: options.EventSource ?? globalThis.EventSource,
    random: options.random ?? Math.random,
  };
}

function isNative({ transport = 'auto', headers }: TextStreamOptions, method: string): boolean {
  if (transport === 'fetch') return false;
  if (transport === 'auto') return typeof ReadableStream === 'undefined';
  if (method !== 'GET' || headers !== undefined) {
    throw new TypeError('An EventSource can only GET, and sends no headers. Use the fetch transport.');
  }
  return true;
}

function idempotencyKey(key: string | false | undefined): string | undefined {
  return key === false ? undefined : (key ?? newIdempotencyKey());
}

export function newIdempotencyKey(): string {
  // Not crypto.randomUUID: that is missing where a page is served without TLS.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
