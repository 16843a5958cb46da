import { Lexer, Marked, type Links, type Token } from 'marked';

export type { Links };

/** The tail of a passage, split into blocks that can no longer change and the rest. */
export interface FormattedTail {
  readonly settledHtml: string;
  /** Characters of the tail that are settled. */
  readonly settledLength: number;
  readonly restHtml: string;
  /** Link definitions from the settled part. Those of the rest may still change. */
  readonly links: Links;
  readonly hasLinks: boolean;
}

/** The HTML is not safe: the page has to sanitise it, because sanitising needs a document. */
export function formatTail(tail: string, links: Links): FormattedTail {
  const lexed = lex(tail, links);
  const start = startOfRest(lexed.tokens);
  const settled = lexed.tokens.slice(0, start);
  const settledLength = settled.reduce((length, { raw }) => length + raw.length, 0);
  return {
    settledHtml: marked.parser(settled),
    settledLength,
    restHtml: marked.parser(lexed.tokens.slice(start)),
    links: settledLength === 0 ? links : lex(tail.slice(0, settledLength), links).links,
    hasLinks: Object.keys(lexed.links).length > 0,
  };
}

function lex(source: string, links: Links): { tokens: Token[]; links: Links } {
  const lexer = new Lexer();
  Object.assign(lexer.tokens.links, links);
  return { tokens: lexer.lex(source), links: lexer.tokens.links };
}

/** All but the last two blocks are settled: a list may still continue after what looks like a paragraph. */
function startOfRest(tokens: readonly Token[]): number {
  const blocks = tokens.flatMap(({ type }, index) => (type === 'space' ? [] : [index]));
  return blocks.at(-2) ?? 0;
}

const marked = new Marked({
  renderer: {
    heading({ tokens, depth }) {
      // The page itself uses levels 1 and 2.
      const level = Math.min(6, depth + 2);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    html: ({ text }) => escape(text),
    // Loading an image would reveal the reader's address to the image's server.
    image: ({ href, text }) => `<a href="${escape(href)}">${escape(text === '' ? href : text)}</a>`,
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
  },
});

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
