import { TooLargeError } from './errors.js';

/** The text so far. Segments are joined when the text is read, not each time one is added. */
export class Passage {
  readonly #limit: number;
  #joined = '';
  #segments: string[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  append(segment: string): void {
    if (this.#length + segment.length > this.#limit) throw new TooLargeError('passage', this.#limit);
    this.#length += segment.length;
    this.#segments.push(segment);
  }

  toString(): string {
    if (this.#segments.length > 0) {
      this.#joined += this.#segments.join('');
      this.#segments = [];
    }
    return this.#joined;
  }
}
