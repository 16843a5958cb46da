import { describe, expect, test } from 'vitest';
import { countWords, startOfWord } from '../src/page/words';

describe('words', () => {
  test.each([
    ['one two, three — four!', 4],
    ["it's 3.14", 2],
    ['今天天气很好。', 3],
    ['日本語を話します。', 5],
    ['مرحبا بالعالم', 2],
    ['שלום עולם', 2],
    ['สวัสดีชาวโลก', 3],
    ['한국어 단어', 2],
    ['  \n…', 0],
  ])('of %j are counted', (text, count) => {
    expect(countWords(text)).toBe(count);
  });

  test('of long text are counted once each, in linear time', () => {
    expect(countWords('a longer word '.repeat(20_000))).toBe(60_000);
    expect(countWords('今天天气很好'.repeat(10_000))).toBeCloseTo(30_000, -2);
    expect(countWords('x'.repeat(50_000))).toBeGreaterThan(0);
  });

  test('begin where the segmenter says', () => {
    expect(startOfWord('one two', 5)).toBe(4);
    expect(startOfWord('a '.repeat(5_000) + 'word', 10_002)).toBe(10_000);
  });
});
