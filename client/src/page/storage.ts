import type { StartRequest } from './api';

const requestKey = 'request';
const positionKey = 'position';
const tokenKey = 'token';
const formatKey = 'format';

/** One prompt of a conversation and the stream of its answer. */
export interface Turn {
  readonly streamId: string;
  readonly prompt: string;
}

/** The request of the last stream of this tab. Before the id of the stream is known, the idempotency key finds it again. */
export interface StoredRequest {
  readonly request: StartRequest;
  readonly key?: string;
  readonly streamId?: string;
  readonly earlier?: readonly Turn[];
}

/** The last event that was read before the page was closed. */
export interface StoredPosition {
  readonly streamId: string;
  readonly lastEventId: string;
}

export function storeRequest(stored: StoredRequest): void {
  write(() => sessionStorage, requestKey, JSON.stringify(stored));
}

export function deleteRequest(): void {
  storeRequest({ request: {} });
}

export function readRequest(): StoredRequest | undefined {
  return readJson<StoredRequest>(requestKey);
}

export function storePosition(position: StoredPosition): void {
  write(() => sessionStorage, positionKey, JSON.stringify(position));
}

export function readPosition(): StoredPosition | undefined {
  return readJson<StoredPosition>(positionKey);
}

/** Kept until the tab is closed. */
export function storeToken(token: string): void {
  write(() => sessionStorage, tokenKey, token);
}

export function readToken(): string {
  return read(() => sessionStorage, tokenKey) ?? '';
}

export function storeFormat(format: string): void {
  write(() => localStorage, formatKey, format);
}

export function readFormat(): string | null {
  return read(() => localStorage, formatKey);
}

function readJson<T>(key: string): T | undefined {
  return (JSON.parse(read(() => sessionStorage, key) ?? 'null') as T | null) ?? undefined;
}

/** Storage can be full, or forbidden so that even its getter throws: the page works without it. */
function write(storage: () => Storage, key: string, value: string): void {
  try {
    storage().setItem(key, value);
  } catch {
    return;
  }
}

function read(storage: () => Storage, key: string): string | null {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}
