import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it';

/** A longer formula is not looked for, which bounds the search in text with many dollar signs. */
const maxFormula = 10_000;

/** Keeps TeX formulas as they were written: Markdown would drop their backslashes and read `*`, `_` and `- ` as markup. */
export function keepFormulas(md: MarkdownIt): void {
  md.inline.ruler.before('escape', 'formula', inlineFormula);
  md.block.ruler.before('fence', 'formula_block', blockFormula, { alt: ['paragraph', 'reference', 'blockquote', 'list'] });
  const { escapeHtml } = md.utils;
  md.renderer.rules['formula'] = (tokens, index) => `<bdi dir="ltr">${escapeHtml(tokens[index]?.content ?? '')}</bdi>`;
  md.renderer.rules['formula_block'] = (tokens, index) => `<p dir="ltr">${escapeHtml(tokens[index]?.content ?? '').replaceAll('\n', '<br>\n')}</p>\n`;
}

const inlinePatterns = [
  /\\\([^]+?\\\)/y,
  /\\\[[^]+?\\\]/y,
  /\$\$[^$]+\$\$/y,
  // Not in "$5 and $10": no space inside the dollar signs, no digit after them.
  /\$(?![\s$])(?:\\.|[^$\\\n])*(?<!\s)\$(?!\d)/y,
];

function inlineFormula(state: StateInline, silent: boolean): boolean {
  const first = state.src[state.pos];
  if (first !== '\\' && first !== '$') return false;
  const end = Math.min(state.posMax, state.pos + maxFormula);
  for (const pattern of inlinePatterns) {
    pattern.lastIndex = state.pos;
    const formula = pattern.exec(state.src.slice(0, end))?.[0];
    if (formula === undefined) continue;
    if (!silent) state.push('formula', '', 0).content = formula;
    state.pos += formula.length;
    return true;
  }
  // The other delimiter may be in another block.
  const delimiter = /^\\[()[\]]/.exec(state.src.slice(state.pos, state.pos + 2))?.[0];
  if (delimiter === undefined) return false;
  if (!silent) state.pending += delimiter;
  state.pos += delimiter.length;
  return true;
}

/** A formula that begins and ends with a line, without a blank line in between. */
function blockFormula(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  if ((state.sCount[startLine] ?? 0) - state.blkIndent >= 4) return false;
  const opener = /^(?:\\\[|\$\$|\\begin\{([a-zA-Z]+\*?)\})/.exec(lineOf(state, startLine));
  if (opener === null) return false;
  const closer = opener[0] === '$$' ? '$$' : opener[0] === '\\[' ? '\\]' : `\\end{${opener[1]}}`;

  for (let line = startLine; line < endLine; line++) {
    if (state.isEmpty(line) || (state.sCount[line] ?? 0) < state.blkIndent) return false;
    const text = lineOf(state, line).slice(line === startLine ? opener[0].length : 0);
    const closing = text.indexOf(closer);
    if (closing < 0) continue;
    // Text follows in the same line: an inline formula.
    if (text.slice(closing + closer.length).trim() !== '') return false;
    if (silent) return true;
    const token = state.push('formula_block', 'p', 0);
    token.map = [startLine, line + 1];
    token.content = state.getLines(startLine, line + 1, state.blkIndent, false).trim();
    state.line = line + 1;
    return true;
  }
  return false;
}

function lineOf(state: StateBlock, line: number): string {
  return state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line]);
}
