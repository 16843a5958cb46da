/** Minimum milliseconds between two announcements. Screen readers queue speech, and a long queue lags behind the text. */
const announceInterval = 2_500;
/** Longer text, more than speech can read in one interval, is announced as a word count. */
const maxAnnounced = 300;
const maxSentence = 1_000;

/** Announces a growing passage to screen readers, in whole sentences instead of words. */
export class Announcer {
  readonly #region: HTMLElement;
  #sentences = '';
  #unfinished = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(region: HTMLElement) {
    this.#region = region;
  }

  add(text: string): void {
    this.#unfinished += text;
    const end = endOfLastSentence(this.#unfinished);
    // Bounds the repeated search in text without sentence ends.
    if (end === 0 && this.#unfinished.length < maxSentence) return;
    this.#sentences += this.#unfinished.slice(0, end || undefined);
    this.#unfinished = end === 0 ? '' : this.#unfinished.slice(end);
    this.#timer ??= setTimeout(() => this.#announce(), announceInterval);
  }

  /** Announces the remaining text, even if it is not a whole sentence. */
  finish(): void {
    this.#sentences += this.#unfinished;
    this.#unfinished = '';
    this.#announce();
  }

  /** Discards all text that is not announced yet. */
  clear(): void {
    this.#sentences = '';
    this.#unfinished = '';
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#region.replaceChildren();
  }

  #announce(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#sentences.trim();
    this.#sentences = '';
    if (text === '') return;
    const spoken = text.length > maxAnnounced ? `${text.split(/\s+/).length} more words.` : text;
    // A new element, so that the screen reader does not repeat earlier announcements.
    const announcement = document.createElement('p');
    announcement.textContent = spoken;
    this.#region.replaceChildren(announcement);
  }
}

/** Where the last complete sentence ends; 0 if there is none. A full stop ends a sentence only when white space follows. */
export function endOfLastSentence(text: string): number {
  let end = 0;
  for (const match of text.matchAll(/[.!?…]['"”’)\]]*\s|[。！？]|\n\s*\n/gu)) end = match.index + match[0].length;
  return end;
}
