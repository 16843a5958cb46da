import type { PassageView } from './passage-view';

/**
 * Shows the text unformatted: the container's `textContent` is the passage. The text is split into blocks, because the
 * browser lays out the whole block again whenever text is appended to it.
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
      const length = lengthThatFits(this.#block.data, text.slice(start, start + maxBlockLength));
      this.#block.appendData(text.slice(start, start + length));
      start += length;
      if (start < text.length) this.#block = this.#addBlock();
    }
  }

  settle(): Promise<void> {
    // Appended text is final.
    return Promise.resolve();
  }

  close(): void {
    // No resources to release.
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
 * Where a block may end, and the minimum length of a block that ends there. A new block starts a new line, which is
 * invisible after a line end; the less suitable the boundary, the longer the block has to be.
 */
const boundaries: readonly (readonly [RegExp, number])[] = [
  [/\n/gu, 4_000],
  [/[.!?…]['"”’)]*\s/gu, 6_000],
  [/\s/gu, 8_000],
  [/[^]/gu, 16_000],
];
const maxBlockLength = 16_001;
/** Characters of the block that the patterns see: a boundary may span two appends. */
const lookBehind = 4;

/** How many characters of the text are appended to the block; the rest needs a new block. */
export function lengthThatFits(block: string, text: string): number {
  if (block.length + text.length < boundaries[0]![1]) return text.length;

  const before = block.slice(-lookBehind);
  const joined = before + text;
  const offset = block.length - before.length;
  const found = boundaries.map(([pattern, from]) => {
    pattern.lastIndex = Math.max(0, from - offset - lookBehind);
    for (let match = pattern.exec(joined); match !== null; match = pattern.exec(joined)) {
      if (pattern.lastIndex >= before.length && offset + pattern.lastIndex >= from) return pattern.lastIndex - before.length;
    }
    return text.length;
  });
  return Math.min(...found);
}
