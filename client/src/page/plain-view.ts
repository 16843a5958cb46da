import type { PassageView } from './passage-view';

/**
 * Shows the text unformatted: the container's `textContent` is the passage. The text is split into blocks, because the
 * browser lays out the whole block again whenever text is appended to it. Each paragraph has a direction of its own.
 */
export class PlainView implements PassageView {
  readonly #container: HTMLElement;
  #block!: HTMLElement;
  #blockText = '';
  #paragraph!: HTMLElement;
  #text!: Text;

  constructor(container: HTMLElement) {
    this.#container = container;
    container.replaceChildren();
    this.#addBlock('auto');
  }

  append(text: string): void {
    for (let start = 0; start < text.length; ) {
      const length = lengthThatFits(this.#blockText, text.slice(start, start + maxBlockLength));
      for (const line of text.slice(start, start + length).split(/(?<=\n)(?=[^\n])/)) this.#appendLine(line);
      start += length;
      if (start < text.length) this.#addBlock(this.#blockText.endsWith('\n') ? 'auto' : directionOf(this.#paragraph));
    }
  }

  settle(): Promise<void> {
    // Appended text is final.
    return Promise.resolve();
  }

  close(): void {
    // No resources to release.
  }

  #appendLine(line: string): void {
    if (this.#blockText.endsWith('\n') && !line.startsWith('\n')) this.#addParagraph('auto');
    if (!this.#text.isConnected) this.#replaceText();
    this.#text.appendData(line);
    this.#blockText += line;
  }

  /** Browsers replace text nodes, and possibly elements, when they translate a page. */
  #replaceText(): void {
    if (!this.#block.isConnected) this.#addBlock('auto');
    else if (!this.#paragraph.isConnected) this.#addParagraph('auto');
    else this.#addText();
  }

  #addBlock(direction: string): void {
    this.#block = document.createElement('div');
    this.#block.className = 'block';
    this.#blockText = '';
    this.#container.append(this.#block);
    this.#addParagraph(direction);
  }

  #addParagraph(direction: string): void {
    this.#paragraph = document.createElement('div');
    this.#paragraph.dir = direction;
    this.#block.append(this.#paragraph);
    this.#addText();
  }

  #addText(): void {
    this.#text = document.createTextNode('');
    this.#paragraph.append(this.#text);
  }
}

/** The second part of a long paragraph keeps the direction of the first. */
function directionOf(paragraph: HTMLElement): string {
  return getComputedStyle(paragraph).direction;
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
