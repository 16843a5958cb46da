import { describe, expect, test } from 'vitest';
import { lengthThatFits } from '../src/page/plain-view';

describe('a block of the plain view', () => {
  /** The blocks that result from appending the pieces. */
  function blocks(pieces: readonly string[]): string[] {
    const all = [''];
    for (const piece of pieces) {
      for (let start = 0; start < piece.length; ) {
        const length = lengthThatFits(all.at(-1) ?? '', piece.slice(start));
        all[all.length - 1] += piece.slice(start, start + length);
        start += length;
        if (start < piece.length) all.push('');
      }
    }
    return all;
  }

  const sizes = [1, 2, 7, 100, 5_000, 1_000_000];

  test.each([
    ['lines', 'A line of text\n'.repeat(3_000), /\n$/, 4_100],
    ['sentences', 'A sentence of some words. '.repeat(3_000), /\. $/, 6_100],
    ['words', 'word '.repeat(10_000), / $/, 8_100],
    ['text without spaces', '漢字'.repeat(20_000), /字$|漢$/, 16_001],
    ['surrogate pairs', '😀'.repeat(20_000), /😀$/u, 16_001],
  ])('of %s ends at the least visible boundary, whatever the pieces', (_, text, end, longest) => {
    for (const size of sizes) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));
      const result = blocks(pieces);
      expect(result.join('')).toBe(text);
      expect(Math.max(...result.map(({ length }) => length))).toBeLessThanOrEqual(longest + 2);
      // A piece may end inside a surrogate pair here, a segment never does.
      if (size > 1 || !/\p{So}/u.test(text)) for (const block of result.slice(0, -1)) expect(block.slice(-3)).toMatch(end);
    }
  });
});
