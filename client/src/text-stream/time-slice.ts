/** Milliseconds of work after which other tasks of the thread may run. */
const longest = 12;

/**
 * Data that has already arrived is read without a turn of the event loop, so a hundred thousand events would block the
 * page. This class divides such work into slices.
 */
export class TimeSlice {
  #startedAt = performance.now();

  /** To be awaited if not `undefined`. */
  next(): Promise<void> | undefined {
    if (performance.now() - this.#startedAt < longest) return undefined;
    return nextTask().then(() => {
      this.#startedAt = performance.now();
    });
  }
}

/** By a message, because browsers delay the timers of hidden pages by a second. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
