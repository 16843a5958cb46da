import DOMPurify from 'dompurify';
import type { PassageView } from '../passage-view';
import type { Links } from './format';
import { Formatter } from './formatter';

/** A tail up to this length is formatted again on each frame; a longer one only after it has grown by an eighth. */
const maxEagerTail = 4_000;
/** A passage up to this length is formatted again as a whole at its end if it defines links: a late definition changes earlier text. */
const maxReformatted = 400_000;

/**
 * Renders the passage as Markdown. Blocks that can no longer change are formatted once; only the growing tail is
 * formatted again. The text is untrusted: its HTML is escaped, and the generated HTML is sanitised.
 */
export class MarkdownView implements PassageView {
  readonly #container: HTMLElement;
  readonly #formatter = new Formatter();
  readonly #rest = document.createElement('div');
  /** Text that arrived since the tail was last formatted. */
  readonly #unformatted = document.createTextNode('');
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
    this.#unformatted.appendData(text);
    this.#rest.append(this.#unformatted);
    this.#formatIfDue();
  }

  async settle(): Promise<void> {
    while (this.#formatting !== undefined) await this.#formatting;
    if (this.#hasLinks && this.#source.length <= maxReformatted) {
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

  #formatIfDue(): void {
    if (this.#formatting !== undefined || this.#tail.length === this.#formattedLength) return;
    if (this.#tail.length > maxEagerTail && this.#tail.length <= this.#formattedLength * 1.125) return;
    this.#formatting = this.#format().then(() => {
      this.#formatting = undefined;
      this.#formatIfDue();
    });
  }

  async #format(): Promise<void> {
    const tail = this.#tail;
    const formatted = await this.#formatter.format({ tail, links: this.#links });
    if (this.#isClosed) return;

    const unformatted = this.#tail.slice(tail.length);
    if (formatted === undefined) {
      // The tail could not be formatted and is shown as plain text.
      this.#rest.before(tail);
      this.#rest.replaceChildren(this.#unformatted);
      this.#tail = unformatted;
    } else {
      this.#rest.before(toDocument(formatted.settledHtml));
      this.#rest.replaceChildren(toDocument(formatted.restHtml), this.#unformatted);
      this.#tail = tail.slice(formatted.settledLength) + unformatted;
      this.#links = formatted.links;
      this.#hasLinks ||= formatted.hasLinks;
    }
    this.#unformatted.data = unformatted;
    this.#formattedLength = this.#tail.length - unformatted.length;
  }
}

// A separate instance, because hooks on the shared one would affect every other user of it.
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
