import type { StartRequest } from './api';

const requestKey = 'request';
const tokenKey = 'token';
const formatKey = 'format';

/** The request of the last stream of this tab. Before the id of the stream is known, the idempotency key finds it again. */
export interface StoredRequest {
  readonly request: StartRequest;
  readonly key?: string;
  readonly streamId?: string;
}

export function storeRequest(stored: StoredRequest): void {
  write(() => sessionStorage, requestKey, JSON.stringify(stored));
}

export function deleteRequest(): void {
  storeRequest({ request: {} });
}

export function readRequest(): StoredRequest | undefined {
  return (JSON.parse(read(() => sessionStorage, requestKey) ?? 'null') as StoredRequest | null) ?? undefined;
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
