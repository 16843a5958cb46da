import { IdleError, MimeError } from './errors.js';
import type { Frame } from './events.js';
import { FrameReader } from './frame-reader.js';
import { reasonOf, refusalOf } from './request.js';
import { TimeSlice } from './time-slice.js';
import { Watchdog, type IdleLimit } from './watchdog.js';

/** What a connection reports to the stream that opened it. */
export interface ConnectionListener {
  /** The server has accepted the request: its events follow. */
  onOpen(): void;
  onHeartbeat(): void;
  onRetry(milliseconds: number): void;
  onPosition(id: string): void;
  /** False: that was the last event, close the connection. */
  onFrame(frame: Frame): boolean;
  /** Resolves when the reader has taken enough events for more to be read. */
  whenReaderIsReady(): Promise<void> | undefined;
}

export interface ReadOptions {
  readonly lastEventId: string;
  readonly maxEventCharacters: number;
}

/**
 * How a connection ended without an error: `eof` – the response is over, and its events say whether the stream is;
 * `nothing-more` – 204, the last event id was already the end.
 */
export type ConnectionEnd = 'eof' | 'nothing-more';

/** One response with events, watched for silence. */
export class Connection {
  readonly #listener: ConnectionListener;
  readonly #controller = new AbortController();
  readonly #watchdog: Watchdog;

  constructor(idle: IdleLimit, listener: ConnectionListener) {
    this.#listener = listener;
    this.#watchdog = new Watchdog(idle, (silence) => this.abort(new IdleError(silence)));
  }

  /** When the server was last heard (`Date.now()`). */
  get heardAt(): number {
    return this.#watchdog.heardAt;
  }

  /** Closes the connection: `read` rejects with the reason. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Looks for silence at once; the timers of a hidden page run late. */
  checkSilence(): void {
    this.#watchdog.check();
  }

  /** Reads to the end. Throws a `TextStreamError`, or the reason of `abort`. */
  async read(request: (signal: AbortSignal) => Promise<Response>, options: ReadOptions): Promise<ConnectionEnd> {
    try {
      const response = await request(this.#controller.signal);
      this.#watchdog.heard();
      if (response.status === 204) return 'nothing-more';
      await this.#checkIsEventStream(response);

      this.#listener.onOpen();
      // A 200 without any body, as a service worker may make one, is a stream that is already over.
      if (response.body !== null) await this.#readBody(response.body.getReader(), options);
      return 'eof';
    } finally {
      this.#watchdog.stop();
    }
  }

  async #checkIsEventStream(response: Response): Promise<void> {
    if (response.status !== 200) throw await refusalOf(response, this.#controller.signal);
    const contentType = response.headers.get('Content-Type');
    if (contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'text/event-stream') return;
    await response.body?.cancel();
    throw new MimeError(contentType);
  }

  async #readBody(reader: ReadableStreamDefaultReader<Uint8Array>, options: ReadOptions): Promise<void> {
    const { signal } = this.#controller;
    const frames = new FrameReader({
      ...options,
      onComment: () => {
        this.#watchdog.heardHeartbeat();
        this.#listener.onHeartbeat();
      },
      onRetry: (milliseconds) => this.#listener.onRetry(milliseconds),
    });

    const slice = new TimeSlice();
    try {
      for (;;) {
        const { done, value } = await reader.read().catch((error: unknown) => {
          throw reasonOf(error, signal, 'The connection broke.');
        });
        if (done) return;

        for (const frame of frames.read(value)) if (!this.#listener.onFrame(frame)) return;
        if (frames.error !== undefined) throw frames.error;
        this.#listener.onPosition(frames.lastEventId);
        this.#watchdog.heard();
        await this.#waitForReader();
        await slice.next();
      }
    } finally {
      // An error here means that the response is over or broken already: there is nothing left to cancel.
      reader.cancel().catch(() => undefined);
    }
  }

  async #waitForReader(): Promise<void> {
    const ready = this.#listener.whenReaderIsReady();
    if (ready === undefined) return;
    // The server isn't silent while the reader takes its time.
    this.#watchdog.stop();
    await ready;
    this.#watchdog.restart();
  }
}
