import { afterRetryAfter, backoff } from './backoff.js';
import type { TextStreamError } from './errors.js';
import type { Settings } from './options.js';

/** Decides whether a stream connects again after an error, and when. */
export class ReconnectPolicy {
  readonly #settings: Settings;
  #failures = 0;
  #firstWait: number;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#firstWait = settings.retry.base;
  }

  /** Connections in a row that failed. */
  get failures(): number {
    return this.#failures;
  }

  /** The server's `retry` field. */
  set firstWait(milliseconds: number) {
    this.#firstWait = milliseconds;
  }

  countFailure(): void {
    this.#failures++;
  }

  /** The server was heard, so the next failure is the first of a new series. */
  reset(): void {
    this.#failures = 0;
  }

  mayRetry(error: TextStreamError, isResume: boolean): boolean {
    const { method, idempotencyKey, retry } = this.#settings;
    const mayRepeat = method === 'GET' || idempotencyKey !== undefined || isResume;
    return mayRepeat && mayPass(error) && this.#failures < retry.attempts;
  }

  /** Milliseconds before the next connection. */
  delay(error: TextStreamError, offline: boolean): number {
    // The browser can be wrong about being offline, so it is a reason to try seldom, not to wait for its event.
    return offline ? Math.max(this.#settings.retry.max, this.delayOf(error, 1)) : this.delayOf(error, this.#failures);
  }

  /** Milliseconds before a request that failed for the n-th time is repeated. */
  delayOf(error: TextStreamError, attempt: number): number {
    const { retry, random } = this.#settings;
    return error.kind === 'http' && error.retryAfter !== undefined
      ? afterRetryAfter(error.retryAfter, this.#firstWait, random)
      : backoff(attempt, this.#firstWait, retry, random);
  }
}

/** Whether the same request can succeed later. */
export function mayPass(error: TextStreamError): boolean {
  return error.kind === 'network' || error.kind === 'idle' || (error.kind === 'http' && error.isTransient);
}
