import type { TextStreamEvent } from './events.js';
import type { TextStreamOptions } from './options.js';
import { ResumingTextStream } from './resuming-text-stream.js';
import type { TextStreamState } from './state.js';

export interface TextStream extends AsyncIterable<TextStreamEvent> {
  readonly state: TextStreamState;
  /** Known once the stream has started, or from an address that names it. */
  readonly streamId: string | undefined;
  /** A resume reads the events after this one. Empty before the first event. */
  readonly lastEventId: string;
  /** All the text that has arrived, with what the reader of the events has not taken yet. */
  readonly passage: string;
  /** Ends a wait for the next connection. */
  retryNow(): void;
  /** Closes the connection and opens another one after a delay, so that other tabs can use it meanwhile. */
  pause(milliseconds: number): void;
  /**
   * Stops the generation for every viewer; the stream then ends with its `stopped` event. The stream's own connection is
   * closed first, because a browser has only six for HTTP/1.1. Rejects if the server does not confirm in time.
   */
  stop(): Promise<void>;
  /** Closes the connection. The generation continues. */
  close(): void;
}

/**
 * Opens a stream and keeps it open: each event arrives once and in order, over as many connections as that takes. Events
 * are read by `for await`, by one reader; leaving the loop closes the stream. A stream that fails throws there.
 */
export function openTextStream(options: TextStreamOptions): TextStream {
  return new ResumingTextStream(options);
}
