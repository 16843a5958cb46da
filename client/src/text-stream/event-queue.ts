import type { TextStreamEvent } from './events.js';

/** A connection is not read further while this many events wait for their reader. */
const highWater = 1024;

/** Events between the connection, which pushes them, and the one reader, which pulls them. */
export class EventQueue {
  #events: TextStreamEvent[] = [];
  #isOver = false;
  #error: unknown;
  #wake: (() => void) | undefined;
  #onReaderReady: (() => void) | undefined;

  push(event: TextStreamEvent): void {
    this.#events.push(event);
    this.#wake?.();
  }

  /** The reader still gets what was pushed before; then its loop ends, or throws the error. */
  end(error?: unknown): void {
    this.#isOver = true;
    this.#error = error;
    this.#wake?.();
    this.#onReaderReady?.();
  }

  /** `undefined`: more events can be pushed at once. */
  whenReaderIsReady(): Promise<void> | undefined {
    if (this.#isOver || this.#events.length < highWater) return undefined;
    return new Promise((resolve) => (this.#onReaderReady = resolve));
  }

  async *read(): AsyncGenerator<TextStreamEvent, void, undefined> {
    for (;;) {
      const events = this.#events;
      this.#events = [];
      this.#onReaderReady?.();
      yield* events;
      if (this.#events.length > 0) continue;
      if (this.#isOver) {
        if (this.#error !== undefined) throw this.#error;
        return;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
