export type { RetryOptions } from './backoff.js';
export {
  AbortedError,
  FailedByServerError,
  HttpError,
  IdleError,
  MimeError,
  NetworkError,
  TooLargeError,
  type TextStreamError,
} from './errors.js';
export {
  isTerminal,
  type CompletedEvent,
  type FailedEvent,
  type ProblemDetails,
  type SegmentEvent,
  type StartedEvent,
  type StoppedEvent,
  type TerminalEvent,
  type TextStreamEvent,
} from './events.js';
export { newIdempotencyKey, type TextStreamOptions } from './options.js';
export type { TextStreamState } from './state.js';
export { openTextStream, type TextStream } from './text-stream.js';
