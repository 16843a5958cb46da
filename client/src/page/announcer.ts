/** Milliseconds between two announcements, at least: a queue of speech that lags behind helps nobody. */
const interval = 2_500;
/** More than a voice can read in that time is told as a number of words. */
const mostSpoken = 300;
const longestSentence = 1_000;

/** Reads a passage to those who listen to the page: sentence by sentence, not word by word. */
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
    // What has no sentences would be searched for them again and again.
    if (end === 0 && this.#unfinished.length < longestSentence) return;
    this.#sentences += this.#unfinished.slice(0, end || undefined);
    this.#unfinished = end === 0 ? '' : this.#unfinished.slice(end);
    this.#timer ??= setTimeout(() => this.#speak(), interval);
  }

  /** The passage is over: what is left need not be a sentence. */
  finish(): void {
    this.#sentences += this.#unfinished;
    this.#unfinished = '';
    this.#speak();
  }

  /** Forgets what was not said yet. */
  clear(): void {
    this.#sentences = '';
    this.#unfinished = '';
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#region.replaceChildren();
  }

  #speak(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#sentences.trim();
    this.#sentences = '';
    if (text === '') return;
    const spoken = text.length > mostSpoken ? `${text.split(/\s+/).length} more words.` : text;
    // An element of its own: what was said before is not said again.
    const said = document.createElement('p');
    said.textContent = spoken;
    this.#region.replaceChildren(said);
  }
}

/** Where the last complete sentence ends; 0 if there is none. A full stop ends one only once something follows it. */
export function endOfLastSentence(text: string): number {
  let end = 0;
  for (const match of text.matchAll(/[.!?…]['"”’)\]]*\s|[。！？]|\n\s*\n/gu)) end = match.index + match[0].length;
  return end;
}
