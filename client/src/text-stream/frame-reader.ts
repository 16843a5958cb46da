import { createParser } from 'eventsource-parser';
import { TooLargeError } from './errors';
import type { Frame } from './events';

export interface FrameReaderOptions {
  readonly lastEventId: string;
  readonly maxEventCharacters: number;
  readonly onComment: () => void;
  readonly onRetry: (milliseconds: number) => void;
}

/** The bytes of one response as frames. What is incomplete at the end of a response was never an event. */
export class FrameReader {
  // The parser removes the one byte order mark that may lead a stream; a decoder that did it too would remove a second.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #parser;
  readonly #frames: Frame[] = [];
  #lastEventId: string;
  #error: TooLargeError | undefined;

  constructor({ lastEventId, maxEventCharacters, onComment, onRetry }: FrameReaderOptions) {
    this.#lastEventId = lastEventId;
    this.#parser = createParser({
      maxBufferSize: maxEventCharacters,
      onId: (id) => (this.#lastEventId = id),
      onEvent: ({ event, data }) => {
        // The parser's limit is on what it keeps; an event that came in one piece was never kept.
        if (data.length > maxEventCharacters) this.#error ??= new TooLargeError('event', maxEventCharacters);
        if (this.#error === undefined) this.#frames.push({ id: this.#lastEventId, event: event ?? 'message', data });
      },
      onComment,
      onRetry,
      onError: (error) => {
        // The other errors are lines that the standard tells a reader to ignore.
        if (error.type === 'max-buffer-size-exceeded') this.#error ??= new TooLargeError('event', maxEventCharacters);
      },
    });
  }

  /** Where to resume after all that was read. An id may also come without an event. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /** Set once an event was too large; what came before it has been returned, and no more can be read. */
  get error(): TooLargeError | undefined {
    return this.#error;
  }

  read(bytes: Uint8Array): Frame[] {
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
    return this.#frames.splice(0);
  }
}
