export type { RetryOptions } from './backoff';
export {
  AbortedError,
  FailedByServerError,
  HttpError,
  IdleError,
  MimeError,
  NetworkError,
  TooLargeError,
  type TextStreamError,
} from './errors';
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
} from './events';
export { newIdempotencyKey, type TextStreamOptions } from './options';
export type { TextStreamState } from './state';
export { openTextStream, type TextStream } from './text-stream';
