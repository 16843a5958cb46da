import type { StartRequest } from './api';

/**
 * Where this page is: the address names the stream, so that a reload, a bookmark and a second person all come back to it.
 * How it was asked for is nobody else's business, and stays in the tab.
 */
const parameter = 'stream';
const requestKey = 'request';
const tokenKey = 'token';
const formatKey = 'format';

export function streamInAddress(): string | undefined {
  return new URLSearchParams(location.search).get(parameter) ?? undefined;
}

/** Whoever opens a shared link reads its stream by a grant. That stands after the #, which browsers send to nobody. */
export function grantFor(streamId: string | undefined): string | undefined {
  return streamId === streamInAddress() ? (new URLSearchParams(location.hash.slice(1)).get('grant') ?? undefined) : undefined;
}

export function linkTo(streamId: string | undefined, grant?: string): string {
  const url = new URL(location.href);
  url.hash = grant === undefined ? '' : `grant=${grant}`;
  if (streamId === undefined) url.searchParams.delete(parameter);
  else url.searchParams.set(parameter, streamId);
  return url.href;
}

export function goTo(streamId: string | undefined): void {
  history.replaceState(null, '', linkTo(streamId, grantFor(streamId)));
}

/** What was asked for. While its stream has no name yet, the key finds it again. */
interface Asked {
  readonly request: StartRequest;
  readonly key?: string;
  readonly streamId?: string;
}

export function rememberRequest(asked: Asked): void {
  keep(() => sessionStorage, requestKey, JSON.stringify(asked));
}

export function forgetRequest(): void {
  rememberRequest({ request: {} });
}

export function recallRequest(): Asked | undefined {
  return JSON.parse(recall(() => sessionStorage, requestKey) ?? 'null') ?? undefined;
}

/** For this tab, and until it is closed. */
export function rememberToken(token: string): void {
  keep(() => sessionStorage, tokenKey, token);
}

export function recallToken(): string {
  return recall(() => sessionStorage, tokenKey) ?? '';
}

export function rememberFormat(format: string): void {
  keep(() => localStorage, formatKey, format);
}

export function recallFormat(): string | null {
  return recall(() => localStorage, formatKey);
}

/** Storage may be full, or forbidden: then even to look at it throws. The page does without its memory. */
function keep(storage: () => Storage, key: string, value: string): void {
  try {
    storage().setItem(key, value);
  } catch {
    return;
  }
}

function recall(storage: () => Storage, key: string): string | null {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}
