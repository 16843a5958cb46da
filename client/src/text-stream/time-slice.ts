/** Milliseconds after which whoever else shares this thread gets a turn. */
const longest = 12;

/**
 * Data that has already arrived is read without the event loop ever turning: a hundred thousand events would be one long
 * pause of the page. This cuts such work into slices.
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

/** By a message: timers of hidden pages are held back for a second. */
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
