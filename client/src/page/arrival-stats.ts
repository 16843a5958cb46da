import { countWords, startOfWord } from './words';

/** Milliseconds per bar of the plot. */
const binWidth = 500;
/** The plot covers at most the last 30 seconds, and at least 6. */
const maxBins = 60;
const minBins = 12;
/** The current speed is averaged over two seconds: a single bin fluctuates too much to read. */
const speedBins = 4;
/** Text is counted in parts of this length, because one call of the segmenter costs as much as many characters. */
const countedPart = 500;
/** A dictionary finds the words of a text without spaces: what follows may move the boundaries of its last words. */
const maxContext = 200;

/** Counts words and segments by time of arrival. */
export class ArrivalStats {
  readonly #openedAt: number;
  readonly #counts: number[] = [];
  #words = 0;
  /** The end of the counted text, where a word may continue, and how many words it has. */
  #context = '';
  #contextWords = 0;
  #uncounted = '';
  #uncountedBin = 0;
  #segments = 0;
  #firstWordAt: number | undefined;
  #endedAt: number | undefined;

  constructor(now: number) {
    this.#openedAt = now;
  }

  add(segment: string, now: number): void {
    this.#segments++;
    if (/\S/.test(segment)) this.#firstWordAt ??= now;
    const bin = this.#binAt(now);
    if (bin !== this.#uncountedBin || this.#uncounted.length > countedPart) this.#count();
    this.#uncounted += segment;
    this.#uncountedBin = bin;
  }

  end(now: number): void {
    this.#endedAt ??= now;
  }

  /** Continues the same passage after an error; elapsed time includes the interruption. */
  resume(): void {
    this.#endedAt = undefined;
  }

  get words(): number {
    this.#count();
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
    this.#count();
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
    this.#count();
    const count = this.#binAt(this.#endedAt ?? now) + 1;
    const first = Math.max(0, count - maxBins);
    return Array.from({ length: Math.min(maxBins, Math.max(minBins, count)) }, (_, i) => (Math.max(0, this.#counts[first + i] ?? 0) * 1000) / binWidth);
  }

  #binAt(now: number): number {
    return Math.floor((now - this.#openedAt) / binWidth);
  }

  #count(): void {
    if (this.#uncounted === '') return;
    const text = this.#context + this.#uncounted;
    const added = countWords(text) - this.#contextWords;
    this.#words += added;
    this.#counts[this.#uncountedBin] = (this.#counts[this.#uncountedBin] ?? 0) + added;
    this.#uncounted = '';
    this.#context = text.slice(startOfContext(text));
    this.#contextWords = countWords(this.#context);
  }
}

/** Where text begins whose words may change with the text that follows. */
function startOfContext(text: string): number {
  const boundary = text.search(/[\s、。，！？；：][^\s、。，！？；：]*$/);
  return text.length - boundary > maxContext ? startOfWord(text, Math.max(0, text.length - maxContext)) : boundary + 1;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + (number ?? 0), 0);
}
