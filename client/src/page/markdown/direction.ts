import type { MarkdownIt, Token } from 'markdown-it';

const textBlocks = new Set(['paragraph_open', 'heading_open', 'th_open', 'td_open']);
const containers = new Set(['blockquote_open', 'bullet_list_open', 'ordered_list_open', 'list_item_open', 'table_open']);

/**
 * Gives each block the direction of its text. The browser ignores nested elements with a `dir` of their own when it
 * resolves `auto`, so blocks that contain other blocks get the direction of their first letter.
 */
export function setDirections(md: MarkdownIt): void {
  md.core.ruler.push('directions', ({ tokens }) => {
    tokens.forEach((token, index) => {
      if (textBlocks.has(token.type) || isTightItem(tokens, index)) token.attrSet('dir', 'auto');
      else if (containers.has(token.type)) token.attrSet('dir', directionOf(tokens, index));
    });
  });
}

/** The paragraph of a tight list item is not rendered: its text is in the item itself. */
function isTightItem(tokens: readonly Token[], index: number): boolean {
  const next = tokens[index + 1];
  return tokens[index]?.type === 'list_item_open' && next?.type === 'paragraph_open' && next.hidden;
}

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

function directionOf(tokens: readonly Token[], index: number): 'ltr' | 'rtl' {
  const level = tokens[index]?.level ?? 0;
  for (const token of tokens.slice(index + 1)) {
    if (token.level <= level && token.nesting < 0) break;
    const letter = token.children?.flatMap(({ type, content }) => (type === 'text' ? (/\p{L}/u.exec(content) ?? []) : []))[0];
    if (letter !== undefined) return rightToLeft.test(letter) ? 'rtl' : 'ltr';
  }
  return 'ltr';
}
