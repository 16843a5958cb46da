import type { Token } from 'markdown-it';
import { parser } from './parser';

/** Link definitions by label. */
export type References = Record<string, { readonly href: string; readonly title: string }>;

/** The tail of a passage, split into blocks. */
export interface FormattedTail {
  /** HTML of each block. It is not safe: the page has to sanitise it, because sanitising needs a document. */
  readonly blocks: readonly string[];
  /** The number of blocks at the beginning that can no longer change. */
  readonly settledBlocks: number;
  /** Characters of the tail in those blocks. */
  readonly settledLength: number;
  /** Link definitions in the settled part of the passage. */
  readonly references: References;
  readonly hasReferences: boolean;
}

export function formatTail(tail: string, references: References): FormattedTail {
  const env = { references: { ...references } };
  const blocks = splitBlocks(parser.parse(tail, env));
  const lines = lineStarts(tail);
  const settledBlocks = countSettled(tail, lines, blocks);
  const settledLength = lines[startLine(blocks[settledBlocks])] ?? 0;
  return {
    blocks: blocks.map((block) => parser.renderer.render(block, parser.options, env)),
    settledBlocks,
    settledLength,
    references: settledBlocks === 0 ? references : definitions(tail.slice(0, settledLength), references),
    hasReferences: Object.keys(env.references).length > 0,
  };
}

function splitBlocks(tokens: readonly Token[]): Token[][] {
  const blocks: Token[][] = [];
  for (const token of tokens) {
    if (token.level === 0 && token.nesting >= 0) blocks.push([]);
    blocks.at(-1)?.push(token);
  }
  return blocks;
}

/**
 * Blocks before the last one that follows a blank line are settled. Without a blank line, later lines may still change
 * where a block ends: they may complete a table, a formula or a link definition. So may the rest of an incomplete line.
 */
function countSettled(tail: string, lines: readonly number[], blocks: readonly Token[][]): number {
  return Math.max(0, blocks.findLastIndex((block) => {
    const line = startLine(block);
    const isComplete = line + 1 < lines.length;
    return isComplete && line > 0 && tail.slice(lines[line - 1], lines[line]).trim() === '';
  }));
}

function startLine(block: readonly Token[] | undefined): number {
  return block?.[0]?.map?.[0] ?? 0;
}

function lineStarts(text: string): number[] {
  return [0, ...Array.from(text.matchAll(/\r\n?|\n/g), ({ 0: lineEnd, index }) => index + lineEnd.length)];
}

function definitions(settled: string, references: References): References {
  const env = { references: { ...references } };
  parser.block.parse(settled, parser, env, []);
  return env.references;
}
