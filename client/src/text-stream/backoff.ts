export interface RetryOptions {
  /** Most milliseconds of the first wait, unless the server's `retry` field sets it. Later waits grow from this value. */
  readonly base?: number;
  /** Most milliseconds of any wait, unless the server asks for more. */
  readonly max?: number;
  /** Connections in a row that may fail before the stream does. Time spent offline does not count. */
  readonly attempts?: number;
}

/** The longest delay that `setTimeout` supports. */
const longestTimer = 2 ** 31 - 1;

/**
 * Exponential backoff with full jitter, so that a thousand viewers don't reconnect at the same moment after a restart.
 * A server can set a short first wait, but the later ones grow from `base`: otherwise all attempts would be used up at once.
 */
export function backoff(attempt: number, first: number, { base, max }: Required<RetryOptions>, random: () => number): number {
  const grown = Math.min(max, Math.max(first, base) * 2 ** (attempt - 1));
  return Math.min(longestTimer, random() * (attempt === 1 ? first : Math.max(first, grown)));
}

/** Never before the time that the server set, and spread over the length of the first wait after it. */
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
