import DOMPurify from 'dompurify';
import type { PassageView } from '../passage-view';
import type { Links } from './format';
import { Formatter } from './formatter';

/** A tail up to here is formatted anew for each frame; a longer one when it has grown by an eighth. */
const quickTail = 4_000;
/** A passage up to here is formatted once more as a whole if what came late may change what came early. */
const quickPassage = 400_000;

/**
 * The passage as Markdown. Blocks that can no longer change are formatted once; only the tail, where the text grows, is
 * formatted again. The text comes from anywhere: its own HTML is shown as text, and what is made of it is sanitised.
 */
export class MarkdownView implements PassageView {
  readonly #container: HTMLElement;
  readonly #formatter = new Formatter();
  readonly #rest = document.createElement('div');
  /** What came since the tail was last formatted. */
  readonly #fresh = document.createTextNode('');
  #source = '';
  #tail = '';
  #formattedLength = 0;
  #links: Links = {};
  #hasLinks = false;
  #formatting: Promise<void> | undefined;
  #isClosed = false;

  constructor(container: HTMLElement) {
    this.#container = container;
    container.replaceChildren(this.#rest);
  }

  append(text: string): void {
    this.#source += text;
    this.#tail += text;
    this.#fresh.appendData(text);
    this.#rest.append(this.#fresh);
    this.#formatWhenWorthIt();
  }

  async settle(): Promise<void> {
    while (this.#formatting !== undefined) await this.#formatting;
    if (this.#hasLinks && this.#source.length <= quickPassage) {
      this.#container.replaceChildren(this.#rest);
      this.#tail = this.#source;
    }
    await this.#format();
    this.#formatter.close();
  }

  close(): void {
    this.#isClosed = true;
    this.#formatter.close();
  }

  #formatWhenWorthIt(): void {
    if (this.#formatting !== undefined || this.#tail.length === this.#formattedLength) return;
    if (this.#tail.length > quickTail && this.#tail.length <= this.#formattedLength * 1.125) return;
    this.#formatting = this.#format().then(() => {
      this.#formatting = undefined;
      this.#formatWhenWorthIt();
    });
  }

  async #format(): Promise<void> {
    const tail = this.#tail;
    const formatted = await this.#formatter.format({ tail, links: this.#links });
    if (this.#isClosed) return;

    const fresh = this.#tail.slice(tail.length);
    if (formatted === undefined) {
      // What cannot be formatted stays as it came.
      this.#rest.before(tail);
      this.#rest.replaceChildren(this.#fresh);
      this.#tail = fresh;
    } else {
      this.#rest.before(toDocument(formatted.settledHtml));
      this.#rest.replaceChildren(toDocument(formatted.restHtml), this.#fresh);
      this.#tail = tail.slice(formatted.settledLength) + fresh;
      this.#links = formatted.links;
      this.#hasLinks ||= formatted.hasLinks;
    }
    this.#fresh.data = fresh;
    this.#formattedLength = this.#tail.length - fresh.length;
  }
}

// An instance of our own: a hook on the shared one would change it for everyone on the page.
const purifier = DOMPurify(window);
purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node instanceof HTMLAnchorElement) {
    node.target = '_blank';
    node.rel = 'noopener noreferrer nofollow';
  }
});

function toDocument(html: string): DocumentFragment {
  return purifier.sanitize(html, {
    RETURN_DOM_FRAGMENT: true,
    ALLOWED_TAGS: [
      ...['a', 'blockquote', 'br', 'code', 'del', 'em', 'h3', 'h4', 'h5', 'h6', 'hr', 'li', 'ol', 'p', 'pre', 'strong', 'ul'],
      ...['table', 'tbody', 'td', 'th', 'thead', 'tr'],
    ],
    ALLOWED_ATTR: ['href', 'start', 'align'],
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
  });
}
