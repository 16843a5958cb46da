/** Milliseconds over which a burst of text is spread. */
const smoothingTime = 120;
/** Maximum characters per frame: far above reading speed, and cheap to lay out. */
const maxPerFrame = 16_384;

/**
 * Writes queued text to the page once per animation frame. Each frame writes a share of the queue, so that a burst is
 * spread over several frames and the queue stays short.
 */
export class SmoothWriter {
  readonly #write: (text: string) => void;
  #queue: string[] = [];
  #length = 0;
  #lastFrame: number | undefined;
  #scheduled: { cancel(): void } | undefined;
  #onDrained: (() => void)[] = [];

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  add(text: string): void {
    if (text === '') return;
    this.#queue.push(text);
    this.#length += text.length;
    this.#schedule();
  }

  /** Resolves when the queue is empty. */
  drained(): Promise<void> {
    return this.#length === 0 ? Promise.resolve() : new Promise((resolve) => this.#onDrained.push(resolve));
  }

  /** Discards the queue. */
  clear(): void {
    this.#scheduled?.cancel();
    this.#scheduled = undefined;
    this.#queue = [];
    this.#length = 0;
    this.#lastFrame = undefined;
    this.#resolveDrained();
  }

  #schedule(): void {
    if (this.#scheduled !== undefined) return;
    // A hidden page gets no animation frames.
    if (document.hidden) {
      const timer = setTimeout(() => this.#frame(performance.now()), smoothingTime);
      this.#scheduled = { cancel: () => clearTimeout(timer) };
      return;
    }
    const onVisibilityChange = () => this.#frame(performance.now());
    const frame = requestAnimationFrame((now) => this.#frame(now));
    document.addEventListener('visibilitychange', onVisibilityChange, { once: true });
    this.#scheduled = {
      cancel: () => {
        cancelAnimationFrame(frame);
        document.removeEventListener('visibilitychange', onVisibilityChange);
      },
    };
  }

  #frame(now: number): void {
    this.#scheduled?.cancel();
    this.#scheduled = undefined;
    const elapsed = now - (this.#lastFrame ?? now - 16);
    const share = document.hidden ? 1 : Math.min(1, Math.max(0, elapsed) / smoothingTime);
    const text = this.#take(Math.min(document.hidden ? Infinity : maxPerFrame, Math.ceil(this.#length * share)));
    if (text !== '') this.#write(text);

    if (this.#length > 0) {
      this.#lastFrame = now;
      this.#schedule();
    } else {
      this.#lastFrame = undefined;
      this.#resolveDrained();
    }
  }

  /** Takes whole segments, because a segment never ends inside a character. A very long segment is split. */
  #take(characters: number): string {
    let taken = 0;
    let count = 0;
    while (count < this.#queue.length && (taken === 0 || taken < characters)) {
      const next = this.#queue[count] ?? '';
      if (next.length > maxPerFrame) {
        if (count > 0) break;
        const part = next.slice(0, characterBoundary(next, maxPerFrame));
        this.#queue[0] = next.slice(part.length);
        this.#length -= part.length;
        return part;
      }
      taken += next.length;
      count++;
    }
    this.#length -= taken;
    return this.#queue.splice(0, count).join('');
  }

  #resolveDrained(): void {
    for (const resolve of this.#onDrained.splice(0)) resolve();
  }
}

function characterBoundary(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return code >= 0xd800 && code < 0xdc00 ? at + 1 : at;
}
