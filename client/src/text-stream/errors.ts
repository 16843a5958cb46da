import type { ProblemDetails } from './events.js';

/** Why a stream ended or waits. Each kind has its own class, so that `switch (error.kind)` narrows the type. */
export type TextStreamError =
  | HttpError
  | MimeError
  | NetworkError
  | IdleError
  | TooLargeError
  | FailedByServerError
  | AbortedError;

abstract class ErrorOfKind<Kind extends string> extends Error {
  abstract readonly kind: Kind;
}

/** The server answered with a status that is not a stream. */
export class HttpError extends ErrorOfKind<'http'> {
  override readonly name = 'HttpError';
  readonly kind = 'http';
  readonly status: number;
  /** The RFC 9457 body, if the answer had one. */
  readonly problem: ProblemDetails | undefined;
  /** Milliseconds that the server asked to wait (`Retry-After`). */
  readonly retryAfter: number | undefined;

  constructor(status: number, problem?: ProblemDetails, retryAfter?: number) {
    super(problem?.detail ?? problem?.title ?? `The server answered with status ${status}.`);
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /** The same request can succeed later. After any other status it would be refused again. */
  get isTransient(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** The answer had status 200, but another content type than `text/event-stream`. */
export class MimeError extends ErrorOfKind<'mime'> {
  override readonly name = 'MimeError';
  readonly kind = 'mime';
  readonly contentType: string | null;

  constructor(contentType: string | null) {
    super(`The server answered with ${contentType ?? 'no content type'} instead of text/event-stream.`);
    this.contentType = contentType;
  }
}

/** The connection could not be made, or ended before the stream did. */
export class NetworkError extends ErrorOfKind<'network'> {
  override readonly name = 'NetworkError';
  readonly kind = 'network';
  /** The server ended the response in good order, because it is being stopped: the stream goes on, there or on another server. */
  readonly endedByServer: boolean;

  constructor(message: string, options?: ErrorOptions & { endedByServer?: boolean }) {
    super(message, options);
    this.endedByServer = options?.endedByServer ?? false;
  }
}

/** The connection was open, but no byte arrived, not even a heartbeat. */
export class IdleError extends ErrorOfKind<'idle'> {
  override readonly name = 'IdleError';
  readonly kind = 'idle';
  readonly silence: number;

  constructor(silence: number) {
    super(`Nothing was heard from the server for ${Math.round(silence / 1000)} seconds.`);
    this.silence = silence;
  }
}

/** The text is longer than the limits of the options allow. */
export class TooLargeError extends ErrorOfKind<'too-large'> {
  override readonly name = 'TooLargeError';
  readonly kind = 'too-large';
  readonly what: 'event' | 'passage';
  readonly limit: number;

  constructor(what: 'event' | 'passage', limit: number) {
    super(`The ${what} is longer than ${limit} characters.`);
    this.what = what;
    this.limit = limit;
  }
}

/** The generation itself failed: the stream is complete, its passage is not. */
export class FailedByServerError extends ErrorOfKind<'failed'> {
  override readonly name = 'FailedByServerError';
  readonly kind = 'failed';
  readonly problem: ProblemDetails;

  constructor(problem: ProblemDetails) {
    super(problem.detail ?? problem.title ?? 'The generation failed.');
    this.problem = problem;
  }
}

/** The caller's `AbortSignal` ended it; the signal's reason is the `cause`. */
export class AbortedError extends ErrorOfKind<'aborted'> {
  override readonly name = 'AbortedError';
  readonly kind = 'aborted';
}
