import type { PassageView } from './passage-view';

/**
 * The text as it is. All of it is in the element's `textContent`, unchanged. It is spread over blocks, because a browser
 * lays out again the whole block that text is added to: so a word costs the same at the end of a long passage.
 */
export class PlainView implements PassageView {
  readonly #container: HTMLElement;
  #block: Text;

  constructor(container: HTMLElement) {
    this.#container = container;
    container.replaceChildren();
    this.#block = this.#addBlock();
  }

  append(text: string): void {
    for (let start = 0; start < text.length; ) {
      const length = roomIn(this.#block.data, text.slice(start, start + mostCharacters));
      this.#block.appendData(text.slice(start, start + length));
      start += length;
      if (start < text.length) this.#block = this.#addBlock();
    }
  }

  settle(): Promise<void> {
    // All of it is shown as it comes.
    return Promise.resolve();
  }

  close(): void {
    // There is nothing to let go of.
  }

  #addBlock(): Text {
    const text = document.createTextNode('');
    const block = document.createElement('div');
    block.className = 'block';
    block.append(text);
    this.#container.append(block);
    return text;
  }
}

/**
 * Where a block may end, and from which length on that will do. A new block begins a new line: behind a line end that
 * cannot be seen, behind a sentence hardly, behind a word a little, and elsewhere it is better than a page that stutters.
 */
const ends: readonly (readonly [RegExp, number])[] = [
  [/\n/gu, 4_000],
  [/[.!?…]['"”’)]*\s/gu, 6_000],
  [/\s/gu, 8_000],
  [/[^]/gu, 16_000],
];
const mostCharacters = 16_001;
/** The end of a sentence may have come with the text before. */
const lookBehind = 4;

/** How much of the text still goes into a block. */
export function roomIn(block: string, text: string): number {
  if (block.length + text.length < ends[0]![1]) return text.length;

  const before = block.slice(-lookBehind);
  const joined = before + text;
  const offset = block.length - before.length;
  const found = ends.map(([pattern, from]) => {
    pattern.lastIndex = Math.max(0, from - offset - lookBehind);
    for (let match = pattern.exec(joined); match !== null; match = pattern.exec(joined)) {
      if (pattern.lastIndex >= before.length && offset + pattern.lastIndex >= from) return pattern.lastIndex - before.length;
    }
    return text.length;
  });
  return Math.min(...found);
}
