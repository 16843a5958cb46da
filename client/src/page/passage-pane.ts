import { Announcer } from './announcer';
import { byId } from './dom';
import { FollowScroll } from './follow-scroll';
import type { PassageView } from './passage-view';
import { SmoothWriter } from './smooth-writer';
import { PlainView } from './plain-view';

export type Format = 'plain' | 'markdown';

/** The passage on the page: renders it, announces it to screen readers and keeps its end in view. */
export class PassagePane {
  readonly #element = byId('passage');
  readonly #latest = byId<HTMLButtonElement>('latest');
  readonly #writer = new SmoothWriter((text) => this.#write(text));
  readonly #announcer = new Announcer(byId('announcer'));
  readonly #scroll = new FollowScroll(() => this.#showLatest());
  #makeView: () => PassageView = () => new PlainView(this.#element);
  #view = this.#makeView();
  #format: Format = 'plain';
  /** The text on the page, which a change of the view renders again. */
  #written: string[] = [];
  #isGrowing = false;

  constructor() {
    this.#latest.addEventListener('click', () => this.#scroll.scrollToEnd());
    // The browser would copy blocks as paragraphs.
    this.#element.addEventListener('copy', (event) => this.#copyExactly(event));
  }

  get text(): string {
    const text = this.#written.join('');
    this.#written = text === '' ? [] : [text];
    return text;
  }

  clear(): void {
    this.#writer.clear();
    this.#announcer.clear();
    this.#written = [];
    this.#replaceView();
    this.#element.classList.add('empty');
  }

  /** The passage starts or continues to grow. */
  begin(): void {
    this.#setGrowing(true);
    this.#scroll.start();
    // On a narrow screen the passage is below the form, out of view.
    this.#scroll.update();
  }

  add(text: string): void {
    this.#writer.add(text);
  }

  /** Resolves when all added text is visible. */
  async finish(): Promise<void> {
    await this.#writer.drained();
    await this.#view.settle();
    this.#scroll.update();
    this.#announcer.finish();
    this.#setGrowing(false);
  }

  /** Rejects if the Markdown modules cannot be loaded. */
  async show(format: Format): Promise<void> {
    this.#format = format;
    const View = format === 'plain' ? PlainView : (await import('./markdown/markdown-view')).MarkdownView;
    // The reader may have chosen another format while the module was loading.
    if (this.#format !== format) return;
    this.#makeView = () => new View(this.#element);
    this.#element.dataset.format = format;
    this.#replaceView();
    this.#view.append(this.text);
    if (!this.#isGrowing) await this.#view.settle();
    this.#scroll.update();
  }

  #replaceView(): void {
    this.#view.close();
    this.#view = this.#makeView();
  }

  #write(text: string): void {
    if (this.#written.length === 0) this.#element.classList.remove('empty');
    this.#written.push(text);
    this.#view.append(text);
    this.#announcer.add(text);
    this.#scroll.update();
  }

  #setGrowing(growing: boolean): void {
    this.#isGrowing = growing;
    this.#element.classList.toggle('growing', growing);
    // A translation of half a sentence is wrong, and would be replaced with every word.
    if (growing) this.#element.translate = false;
    else this.#element.removeAttribute('translate');
    this.#showLatest();
  }

  #showLatest(): void {
    this.#latest.hidden = !this.#isGrowing || this.#scroll.isFollowing;
  }

  #copyExactly(event: ClipboardEvent): void {
    const selection = getSelection();
    if (this.#element.dataset.format !== 'plain' || selection === null || selection.rangeCount === 0) return;
    event.clipboardData?.setData('text/plain', selection.getRangeAt(0).cloneContents().textContent ?? '');
    event.preventDefault();
  }
}
