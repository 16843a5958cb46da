/** Milliseconds per bar of the plot. */
const binWidth = 500;
/** The plot covers at most the last 30 seconds, and at least 6. */
const maxBins = 60;
const minBins = 12;
/** The current speed is averaged over two seconds: a single bin fluctuates too much to read. */
const speedBins = 4;

/** Counts words and segments by time of arrival. */
export class ArrivalStats {
  readonly #openedAt: number;
  readonly #counts: number[] = [];
  #inWord = false;
  #words = 0;
  #segments = 0;
  #firstWordAt: number | undefined;
  #endedAt: number | undefined;

  constructor(now: number) {
    this.#openedAt = now;
  }

  add(segment: string, now: number): void {
    const words = this.#countWords(segment);
    this.#segments++;
    this.#words += words;
    if (words > 0) this.#firstWordAt ??= now;
    const bin = this.#binAt(now);
    this.#counts[bin] = (this.#counts[bin] ?? 0) + words;
  }

  end(now: number): void {
    this.#endedAt ??= now;
  }

  /** Continues the same passage after an error; elapsed time includes the interruption. */
  resume(): void {
    this.#endedAt = undefined;
  }

  get words(): number {
    return this.#words;
  }

  get segments(): number {
    return this.#segments;
  }

  get timeToFirstWord(): number | undefined {
    return this.#firstWordAt === undefined ? undefined : this.#firstWordAt - this.#openedAt;
  }

  elapsed(now: number): number {
    return (this.#endedAt ?? now) - this.#openedAt;
  }

  /** Words per second: the current speed while the text grows, the average after its end. */
  speed(now: number): number {
    if (this.#endedAt !== undefined) {
      const time = this.#endedAt - (this.#firstWordAt ?? this.#endedAt);
      return time > 0 ? (this.#words * 1000) / time : 0;
    }
    // The current bin is incomplete and would lower the speed.
    const last = this.#binAt(now);
    const first = Math.max(0, last - speedBins);
    return last === first ? 0 : (sum(this.#counts.slice(first, last)) * 1000) / ((last - first) * binWidth);
  }

  /** Words per second in each bin of the plot, oldest first. */
  history(now: number): number[] {
    const count = this.#binAt(this.#endedAt ?? now) + 1;
    const first = Math.max(0, count - maxBins);
    return Array.from({ length: Math.min(maxBins, Math.max(minBins, count)) }, (_, i) => ((this.#counts[first + i] ?? 0) * 1000) / binWidth);
  }

  #binAt(now: number): number {
    return Math.floor((now - this.#openedAt) / binWidth);
  }

  /** A word may span several segments. */
  #countWords(segment: string): number {
    let count = 0;
    for (const { 0: word, index } of segment.matchAll(/\S+/gu)) {
      if (index > 0 || !this.#inWord) count++;
      this.#inWord = index + word.length === segment.length;
    }
    if (segment !== '' && /\s$/u.test(segment)) this.#inWord = false;
    return count;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + (number ?? 0), 0);
}
