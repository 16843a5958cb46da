import { countWords, startOfWord } from './words';

/** Milliseconds between two announcements. Screen readers queue speech, and a long queue lags behind the text. */
const announceInterval = 2_500;
/** Characters per announcement, about as much as fast speech reads in one interval. The rest is left out. */
const maxAnnounced = 300;
/** Characters at the end of long text in which the last sentence is looked for. */
const maxSearched = 1_000;
/** The number of words in longer text is estimated. */
const maxCounted = 5_000;

const sentences = new Intl.Segmenter(undefined, { granularity: 'sentence' });
const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });

/** Announces a growing passage to screen readers, in whole sentences instead of words. */
export class Announcer {
  readonly #region: HTMLElement;
  #pending = '';
  #pendingAtLastTick = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(region: HTMLElement) {
    this.#region = region;
  }

  add(text: string): void {
    this.#pending += text;
    this.#timer ??= setTimeout(() => this.#tick(), announceInterval);
  }

  /** Announces the remaining text, even if it is not a whole sentence. */
  finish(): void {
    const text = this.#pending;
    this.#stop();
    this.#announce(text);
  }

  /** Discards all text that is not announced yet. */
  clear(): void {
    this.#stop();
    this.#region.replaceChildren();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pending = this.#pendingAtLastTick = '';
  }

  #tick(): void {
    this.#timer = undefined;
    const hasPaused = this.#pending === this.#pendingAtLastTick;
    const end = hasPaused && endsSentence(this.#pending) ? this.#pending.length : endOfSpeech(this.#pending);
    this.#announce(this.#pending.slice(0, end));
    this.#pending = this.#pendingAtLastTick = this.#pending.slice(end);
    if (this.#pending !== '' && !hasPaused) this.#timer = setTimeout(() => this.#tick(), announceInterval);
  }

  #announce(text: string): void {
    if (text.trim() === '') return;
    const spoken = text.slice(0, endOfAnnouncement(text));
    // New elements, so that the screen reader does not repeat earlier announcements.
    const announcement = document.createElement('p');
    announcement.dir = 'auto';
    announcement.textContent = spoken.trim();
    this.#region.replaceChildren(announcement);

    const leftOut = describeWords(text.slice(spoken.length));
    if (leftOut === undefined) return;
    const note = document.createElement('p');
    note.textContent = ` ${leftOut} left out.`;
    this.#region.append(note);
  }
}

/** Where the last complete sentence ends; 0 if there is none. A full stop ends a sentence only when text follows. */
export function endOfLastSentence(text: string): number {
  return sentenceEnds(text).findLast((end) => end < text.length || text.endsWith('\n')) ?? 0;
}

/** An opening bracket belongs to the sentence that it begins; the segmenter leaves it at the end of the one before. */
function sentenceEnds(text: string): number[] {
  return Array.from(sentences.segment(text), ({ index, segment }) => index + segment.replace(/[\p{Ps}\p{Pi}]+$/u, '').length);
}

function endsSentence(text: string): boolean {
  return /\p{Sentence_Terminal}["'*_\p{Pe}\p{Pf}]*\s*$/u.test(text);
}

/** Where the text ends that can be announced: after a sentence or, in long text without sentences, after a word. */
function endOfSpeech(text: string): number {
  const start = Math.max(0, text.length - maxSearched);
  const end = endOfLastSentence(text.slice(start));
  if (end > 0) return start + end;
  return text.length > maxAnnounced ? startOfWord(text, text.length - 1) : 0;
}

/** Where an announcement has to end that does not take longer than the interval. */
function endOfAnnouncement(text: string): number {
  if (text.length <= maxAnnounced) return text.length;
  const end = sentenceEnds(text.slice(0, 2 * maxAnnounced)).findLast((sentenceEnd) => sentenceEnd <= maxAnnounced) ?? 0;
  return text.slice(0, end).trim() === '' ? startOfWord(text, maxAnnounced) || maxAnnounced : end;
}

function describeWords(text: string): string | undefined {
  if (text.length > maxCounted) return `About ${number.format((countWords(text.slice(0, maxCounted)) * text.length) / maxCounted)} words`;
  const count = countWords(text);
  if (count === 0) return undefined;
  return count === 1 ? '1 word' : `${count} words`;
}
