import type { PassageView } from '../passage-view';
import type { FormattedTail, References } from './format';
import { Formatter } from './formatter';
import { sanitise } from './sanitise';
import { updateChildren } from './update-nodes';

/** A tail up to this length is formatted again on each frame; a longer one only after it has grown by an eighth. */
const maxEagerTail = 4_000;

interface Block {
  readonly html: string;
  readonly element: HTMLElement;
}

/**
 * Renders the passage as Markdown. Blocks that can no longer change are formatted once; only the growing tail is
 * formatted again. The text is untrusted: its HTML is escaped, and the generated HTML is sanitised.
 */
export class MarkdownView implements PassageView {
  readonly #container: HTMLElement;
  readonly #formatter = new Formatter();
  #blocks: Block[] = [];
  #settledBlocks = 0;
  /** Text that arrived since the tail was last formatted. */
  readonly #unformatted = document.createTextNode('');
  readonly #unformattedBlock = document.createElement('div');
  #source = '';
  #tail = '';
  #formattedLength = 0;
  #references: References = {};
  #hasReferences = false;
  /** Part of the text could not be formatted. */
  #isIncomplete = false;
  #formatting: Promise<void> | undefined;
  #isClosed = false;

  constructor(container: HTMLElement) {
    this.#container = container;
    this.#unformattedBlock.dir = 'auto';
    container.replaceChildren();
  }

  append(text: string): void {
    this.#source += text;
    this.#tail += text;
    this.#unformatted.appendData(text);
    this.#showUnformatted();
    this.#formatIfDue();
  }

  async settle(): Promise<void> {
    while (this.#formatting !== undefined) await this.#formatting;
    await this.#start(this.#formatToEnd());
    if (this.#formatting === undefined) this.#formatter.close();
  }

  close(): void {
    this.#isClosed = true;
    this.#formatter.close();
  }

  #formatIfDue(): void {
    if (this.#formatting !== undefined || this.#tail.length === this.#formattedLength) return;
    if (this.#tail.length > maxEagerTail && this.#tail.length <= this.#formattedLength * 1.125) return;
    void this.#start(this.#format());
  }

  async #start(work: Promise<void>): Promise<void> {
    this.#formatting = work.then(() => {
      this.#formatting = undefined;
      this.#formatIfDue();
    });
    await this.#formatting;
  }

  async #formatToEnd(): Promise<void> {
    await this.#format();
    // A late definition of a link changes earlier text, and a tail that took too long is formatted once more.
    if (this.#hasReferences || this.#isIncomplete) await this.#formatWhole();
  }

  async #format(): Promise<void> {
    const tail = this.#tail;
    const formatted = await this.#formatter.format({ tail, references: this.#references });
    if (this.#isClosed) return;

    const unformatted = this.#tail.slice(tail.length);
    this.#removeUnformatted();
    if (formatted === undefined) this.#showPlain(tail);
    else this.#showFormatted(formatted);
    this.#setTail(this.#tail.slice(formatted?.settledLength ?? tail.length), unformatted);
  }

  #setTail(tail: string, unformatted: string): void {
    this.#tail = tail;
    this.#formattedLength = tail.length - unformatted.length;
    this.#unformatted.data = unformatted;
    if (unformatted !== '') this.#showUnformatted();
  }

  async #formatWhole(): Promise<void> {
    const source = this.#source;
    const formatted = await this.#formatter.format({ tail: source, references: {} });
    if (this.#isClosed || formatted === undefined) return;
    this.#removeUnformatted();
    this.#settledBlocks = 0;
    this.#showFormatted(formatted);
    this.#setTail(this.#source.slice(formatted.settledLength), this.#source.slice(source.length));
  }

  #showFormatted(formatted: FormattedTail): void {
    this.#showBlocks(formatted.blocks);
    this.#settledBlocks += formatted.settledBlocks;
    this.#references = formatted.references;
    this.#hasReferences ||= formatted.hasReferences;
  }

  /** A tail that could not be formatted is shown as plain text. */
  #showPlain(tail: string): void {
    this.#showBlocks([]);
    const paragraph = document.createElement('p');
    paragraph.dir = 'auto';
    paragraph.textContent = tail;
    this.#addBlock('').append(paragraph);
    this.#settledBlocks = this.#blocks.length;
    this.#isIncomplete = true;
  }

  #showBlocks(blocks: readonly string[]): void {
    blocks.forEach((html, index) => {
      const block = this.#blocks[this.#settledBlocks + index];
      // A translation may have removed the element.
      if (block !== undefined && block.element.parentNode === this.#container) {
        if (block.html === html) return;
        updateChildren(block.element, sanitise(html));
        this.#blocks[this.#settledBlocks + index] = { html, element: block.element };
      } else {
        this.#addBlock(html, this.#settledBlocks + index);
      }
    });
    for (const { element } of this.#blocks.splice(this.#settledBlocks + blocks.length)) element.remove();
  }

  #addBlock(html: string, index = this.#blocks.length): HTMLElement {
    const element = document.createElement('div');
    element.append(sanitise(html));
    const next = this.#blocks.slice(index + 1).find((block) => block.element.parentNode === this.#container);
    this.#container.insertBefore(element, next?.element ?? null);
    this.#blocks[index] = { html, element };
    return element;
  }

  #showUnformatted(): void {
    if (this.#unformatted.isConnected) return;
    const growing = this.#growingElement();
    if (growing?.isConnected === true) {
      growing.append(this.#unformatted);
    } else {
      this.#unformattedBlock.replaceChildren(this.#unformatted);
      this.#container.append(this.#unformattedBlock);
    }
  }

  /** The element that the unformatted text continues, if it is short: the browser lays out the whole of it on each frame. */
  #growingElement(): Element | undefined {
    const formatted = this.#tail.slice(0, this.#formattedLength);
    if (formatted.length > maxEagerTail || formatted === '' || formatted.endsWith('\n')) return undefined;
    return [...(this.#blocks.at(-1)?.element.querySelectorAll('p, h3, h4, h5, h6, li, pre > code') ?? [])].at(-1);
  }

  #removeUnformatted(): void {
    this.#unformatted.remove();
    this.#unformattedBlock.remove();
  }
}
