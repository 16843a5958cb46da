import { createParser } from 'eventsource-parser';
import { TooLargeError } from './errors.js';
import type { Frame } from './events.js';

export interface FrameReaderOptions {
  readonly lastEventId: string;
  readonly maxEventCharacters: number;
  readonly onComment: () => void;
  readonly onRetry: (milliseconds: number) => void;
}

/** Parses the bytes of one response. An incomplete frame at the end of a response is not an event. */
export class FrameReader {
  // The parser removes the one byte order mark at the start of a stream; the decoder would remove a second one.
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
        // The parser's own limit counts only what it buffers, and an event in one piece is never buffered.
        if (data.length > maxEventCharacters) this.#error ??= new TooLargeError('event', maxEventCharacters);
        if (this.#error === undefined) this.#frames.push({ id: this.#lastEventId, event: event ?? 'message', data });
      },
      onComment,
      onRetry,
      onError: (error) => {
        // The other errors are lines that a reader ignores, as the standard says.
        if (error.type === 'max-buffer-size-exceeded') this.#error ??= new TooLargeError('event', maxEventCharacters);
      },
    });
  }

  /** The position after all bytes so far. An id can also arrive without an event. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /** Set after an event that was too large. Events before it were returned; later ones can't be read. */
  get error(): TooLargeError | undefined {
    return this.#error;
  }

  read(bytes: Uint8Array): Frame[] {
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
    return this.#frames.splice(0);
  }
}
