/** Milliseconds that one point of the plot stands for. */
const binWidth = 500;
/** Points of the plot: the last half minute, or what there was so far. */
const bins = 60;
const fewestBins = 12;
/** Speed is that of the last two seconds, and steadier than that of one bin. */
const speedBins = 4;

/** Counts what arrives, and when. */
export class Arrival {
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

  /** After an error the same passage goes on, and so does its time. */
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

  /** Words per second: lately, or on average once it has ended. */
  speed(now: number): number {
    if (this.#endedAt !== undefined) {
      const time = this.#endedAt - (this.#firstWordAt ?? this.#endedAt);
      return time > 0 ? (this.#words * 1000) / time : 0;
    }
    // Not counting the bin that is still being filled.
    const last = this.#binAt(now);
    const first = Math.max(0, last - speedBins);
    return last === first ? 0 : (sum(this.#counts.slice(first, last)) * 1000) / ((last - first) * binWidth);
  }

  /** Words per second over the last half minute, or from the start until that has passed; oldest first. */
  history(now: number): number[] {
    const count = this.#binAt(this.#endedAt ?? now) + 1;
    const first = Math.max(0, count - bins);
    return Array.from({ length: Math.min(bins, Math.max(fewestBins, count)) }, (_, i) => ((this.#counts[first + i] ?? 0) * 1000) / binWidth);
  }

  #binAt(now: number): number {
    return Math.floor((now - this.#openedAt) / binWidth);
  }

  /** A word may come in several segments. */
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
