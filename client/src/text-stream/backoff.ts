export interface RetryOptions {
  /** Milliseconds that the first wait is at most. The server's `retry` field replaces it. */
  readonly base?: number;
  /** Milliseconds that any wait is at most, unless the server asks for more. */
  readonly max?: number;
  /** Connections in a row that may fail before the stream does. Time spent offline does not count. */
  readonly attempts?: number;
}

/** What `setTimeout` can hold. */
const longestTimer = 2 ** 31 - 1;

/** Exponential with full jitter: a thousand viewers that a restart cut off must not come back at one moment. */
export function backoff(attempt: number, base: number, max: number, random: () => number): number {
  const ceiling = Math.max(base, Math.min(max, base * 2 ** (attempt - 1)));
  return Math.min(longestTimer, random() * ceiling);
}

/** Never before the moment that the server named, and spread over the first wait after it. */
export function afterRetryAfter(retryAfter: number, base: number, random: () => number): number {
  return Math.min(longestTimer, retryAfter + random() * base);
}

/** `Retry-After` is seconds or a date. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
