import type { TextStreamEvent } from './events';

/** A connection is not read further while this many events wait for their reader. */
const highWater = 1024;

/** Between the connection, which pushes, and the one reader, who pulls. */
export class EventQueue {
  #events: TextStreamEvent[] = [];
  #over = false;
  #error: unknown;
  #wake: (() => void) | undefined;
  #roomMade: (() => void) | undefined;

  push(event: TextStreamEvent): void {
    this.#events.push(event);
    this.#wake?.();
  }

  /** What was pushed before is still read; then the reader is done, or gets the error. */
  end(error?: unknown): void {
    this.#over = true;
    this.#error = error;
    this.#wake?.();
    this.#roomMade?.();
  }

  room(): Promise<void> | undefined {
    if (this.#over || this.#events.length < highWater) return undefined;
    return new Promise((resolve) => (this.#roomMade = resolve));
  }

  async *read(): AsyncGenerator<TextStreamEvent, void, undefined> {
    for (;;) {
      const events = this.#events;
      this.#events = [];
      this.#roomMade?.();
      yield* events;
      if (this.#events.length > 0) continue;
      if (this.#over) {
        if (this.#error !== undefined) throw this.#error;
        return;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
