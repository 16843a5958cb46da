import DOMPurify from 'dompurify';
import { Lexer, Marked, type Token } from 'marked';
import type { PassageView } from './passage-view';

/** A tail up to here is formatted anew with each frame; a longer one when it has grown by an eighth. */
const quickTail = 4_000;
/** A passage up to here is formatted once more as a whole if what came late may change what came early. */
const quickPassage = 400_000;

/**
 * The passage as Markdown. Blocks that can no longer change are formatted once; only the tail, where the text grows, is
 * formatted again. The text comes from anywhere: its own HTML is shown as text, and what is made of it is sanitised.
 */
export class MarkdownView implements PassageView {
  readonly #container: HTMLElement;
  readonly #tailElement = document.createElement('div');
  /** What came since the tail was last formatted, while that is not worth another formatting. */
  readonly #fresh = document.createTextNode('');
  #source = '';
  #tail = '';
  #formattedLength = 0;
  /** Definitions of links hold for the whole passage, wherever they stand. */
  #links = new Lexer().tokens.links;

  constructor(container: HTMLElement) {
    this.#container = container;
    container.replaceChildren(this.#tailElement);
  }

  append(text: string): void {
    this.#source += text;
    this.#tail += text;
    if (this.#tail.length <= quickTail || this.#tail.length > this.#formattedLength * 1.125) this.#formatTail();
    else this.#fresh.appendData(text);
  }

  settle(): void {
    const refersBack = Object.keys(this.#links).length > 0;
    if (refersBack && this.#source.length <= quickPassage) {
      this.#container.replaceChildren(this.#tailElement);
      this.#tail = this.#source;
    }
    this.#formatTail();
  }

  #formatTail(): void {
    try {
      const tokens = this.#lex(this.#tail);
      const settled = tokens.slice(0, startOfTail(tokens));
      this.#tailElement.before(format(settled));
      this.#tail = this.#tail.slice(settled.reduce((length, { raw }) => length + raw.length, 0));
      this.#tailElement.replaceChildren(format(tokens.slice(settled.length)), this.#fresh);
    } catch (error) {
      // Thousands of nested quotes are more than the formatter's stack can take. Then they stay as they came.
      if (!(error instanceof RangeError)) throw error;
      this.#tailElement.before(this.#tail);
      this.#tailElement.replaceChildren(this.#fresh);
      this.#tail = '';
    }
    this.#fresh.data = '';
    this.#formattedLength = this.#tail.length;
  }

  #lex(source: string): Token[] {
    const lexer = new Lexer();
    lexer.tokens.links = this.#links;
    return lexer.lex(source);
  }
}

/** All but the last two blocks are settled: a list may still go on behind what looks like a paragraph. */
function startOfTail(tokens: readonly Token[]): number {
  const blocks = tokens.flatMap(({ type }, index) => (type === 'space' ? [] : [index]));
  return blocks.at(-2) ?? 0;
}

const marked = new Marked({
  renderer: {
    heading({ tokens, depth }) {
      // Below the headings of the page itself.
      const level = Math.min(6, depth + 2);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    html: ({ text }) => escape(text),
    // An image would tell its server who reads this, and when.
    image: ({ href, text }) => `<a href="${escape(href)}">${escape(text === '' ? href : text)}</a>`,
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
  },
});

function format(tokens: Token[]): DocumentFragment {
  return purifier.sanitize(marked.parser(tokens), {
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

// An instance of our own: a hook on the shared one would change it for everyone on the page.
const purifier = DOMPurify(window);
purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node instanceof HTMLAnchorElement) {
    node.target = '_blank';
    node.rel = 'noopener noreferrer nofollow';
  }
});

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
