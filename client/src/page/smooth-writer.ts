/** What has arrived is on the page after about so many milliseconds, however it was bunched on its way. */
const smoothing = 120;
/** Characters that one frame may add: several times what the fastest reader could follow, and no work to lay out. */
const mostPerFrame = 16_384;

/**
 * Writes what arrives to the page, once a frame. Text that comes in bursts is spread over the next few frames, so that it
 * flows; the more is waiting, the faster it flows.
 */
export class Pen {
  readonly #write: (text: string) => void;
  #waiting: string[] = [];
  #length = 0;
  #lastFrame: number | undefined;
  #scheduled: { cancel(): void } | undefined;
  #onDrained: (() => void)[] = [];

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  add(text: string): void {
    if (text === '') return;
    this.#waiting.push(text);
    this.#length += text.length;
    this.#schedule();
  }

  /** Resolves when all that was added is on the page. */
  drained(): Promise<void> {
    return this.#length === 0 ? Promise.resolve() : new Promise((resolve) => this.#onDrained.push(resolve));
  }

  /** Forgets what is not written yet. */
  clear(): void {
    this.#scheduled?.cancel();
    this.#scheduled = undefined;
    this.#waiting = [];
    this.#length = 0;
    this.#lastFrame = undefined;
    this.#settle();
  }

  #schedule(): void {
    if (this.#scheduled !== undefined) return;
    // A hidden page has no frames.
    if (document.hidden) {
      const timer = setTimeout(() => this.#frame(performance.now()), smoothing);
      this.#scheduled = { cancel: () => clearTimeout(timer) };
      return;
    }
    const stale = () => this.#frame(performance.now());
    const frame = requestAnimationFrame((now) => this.#frame(now));
    document.addEventListener('visibilitychange', stale, { once: true });
    this.#scheduled = {
      cancel: () => {
        cancelAnimationFrame(frame);
        document.removeEventListener('visibilitychange', stale);
      },
    };
  }

  #frame(now: number): void {
    this.#scheduled?.cancel();
    this.#scheduled = undefined;
    const elapsed = now - (this.#lastFrame ?? now - 16);
    const share = document.hidden ? 1 : Math.min(1, Math.max(0, elapsed) / smoothing);
    const text = this.#take(Math.min(document.hidden ? Infinity : mostPerFrame, Math.ceil(this.#length * share)));
    if (text !== '') this.#write(text);

    if (this.#length > 0) {
      this.#lastFrame = now;
      this.#schedule();
    } else {
      this.#lastFrame = undefined;
      this.#settle();
    }
  }

  /** Whole segments, for a segment never ends inside of a character; a very long one in parts. */
  #take(characters: number): string {
    let taken = 0;
    let count = 0;
    while (count < this.#waiting.length && (taken === 0 || taken < characters)) {
      const next = this.#waiting[count] ?? '';
      if (next.length > mostPerFrame) {
        if (count > 0) break;
        const part = next.slice(0, endOfCharacter(next, mostPerFrame));
        this.#waiting[0] = next.slice(part.length);
        this.#length -= part.length;
        return part;
      }
      taken += next.length;
      count++;
    }
    this.#length -= taken;
    return this.#waiting.splice(0, count).join('');
  }

  #settle(): void {
    for (const resolve of this.#onDrained.splice(0)) resolve();
  }
}

function endOfCharacter(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return code >= 0xd800 && code < 0xdc00 ? at + 1 : at;
}
