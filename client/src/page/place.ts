import type { StartRequest } from './api';

/**
 * Where this page is: the address names the stream, so that a reload, a bookmark and a second person all come back to it.
 * How it was asked for is nobody else's business, and stays in the tab.
 */
const parameter = 'stream';
const requestKey = 'request';
const formatKey = 'format';

export function streamInAddress(): string | undefined {
  return new URLSearchParams(location.search).get(parameter) ?? undefined;
}

export function linkTo(streamId: string | undefined): string {
  const url = new URL(location.href);
  url.hash = '';
  if (streamId === undefined) url.searchParams.delete(parameter);
  else url.searchParams.set(parameter, streamId);
  return url.href;
}

export function goTo(streamId: string | undefined): void {
  history.replaceState(null, '', linkTo(streamId));
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
