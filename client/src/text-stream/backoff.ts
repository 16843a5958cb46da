export interface RetryOptions {
  /** Milliseconds that the first wait is at most, unless the server's `retry` field says so. Then they grow from here. */
  readonly base?: number;
  /** Milliseconds that any wait is at most, unless the server asks for more. */
  readonly max?: number;
  /** Connections in a row that may fail before the stream does. Time spent offline does not count. */
  readonly attempts?: number;
}

/** What `setTimeout` can hold. */
const longestTimer = 2 ** 31 - 1;

/**
 * Exponential with full jitter: a thousand viewers that a restart cut off must not come back at one moment. A server may
 * ask for a short first wait; those that follow grow all the same, or all attempts would be over in a blink.
 */
export function backoff(attempt: number, first: number, { base, max }: Required<RetryOptions>, random: () => number): number {
  const grown = Math.min(max, Math.max(first, base) * 2 ** (attempt - 1));
  return Math.min(longestTimer, random() * (attempt === 1 ? first : Math.max(first, grown)));
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
