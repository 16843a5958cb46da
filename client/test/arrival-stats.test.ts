import { describe, expect, test } from 'vitest';
import { ArrivalStats } from '../src/page/arrival-stats';
import { countWords } from '../src/page/words';

describe('arrival statistics', () => {
  test('count words, also those that span segments', () => {
    const stats = new ArrivalStats(0);
    for (const segment of ['He', 'llo', ' ', 'wor', 'ld\n', '', 'again ', ' and again']) stats.add(segment, 10);
    expect(stats.words).toBe(5);
    expect(stats.segments).toBe(8);
  });

  test.each([
    ['今天天气很好，我们去公园散步吧。明天会下雨吗？', 1],
    ['今天天气很好，我们去公园散步吧。明天会下雨吗？', 3],
    ['日本語を話します。東京は大きい都市です。', 2],
    ['สวัสดีชาวโลก ยินดีต้อนรับ', 2],
    ["It's 3.14 words, isn't it? שלום עולם", 1],
  ])('count the words of %j in pieces of %i as in one', (text, size) => {
    const stats = new ArrivalStats(0);
    for (let start = 0; start < text.length; start += size) {
      stats.add(text.slice(start, start + size), start * 10);
      if (start % 4 === 0) stats.speed(start * 10);
    }
    expect(stats.words).toBe(countWords(text));
  });

  test('give a speed for Chinese', () => {
    const stats = new ArrivalStats(0);
    for (let now = 0; now < 4_000; now += 100) stats.add('你好，', now);
    expect(stats.speed(4_000)).toBe(10);
    stats.end(4_000);
    expect(stats.speed(5_000)).toBe(10);
  });

  test('measure the time to the first word, not to white space', () => {
    const stats = new ArrivalStats(100);
    stats.add('\n', 150);
    expect(stats.timeToFirstWord).toBeUndefined();
    stats.add('a', 340);
    stats.add(' b', 900);
    expect(stats.timeToFirstWord).toBe(240);
  });

  test('give the speed of the last two seconds, and the average after the end', () => {
    const stats = new ArrivalStats(0);
    for (let now = 0; now < 10_000; now += 100) stats.add(' a', now);
    for (let now = 10_000; now < 12_000; now += 50) stats.add(' a', now);
    expect(stats.speed(12_000)).toBe(20);
    stats.end(14_000);
    expect(stats.speed(20_000)).toBe(10);
    expect(stats.elapsed(20_000)).toBe(14_000);
  });

  test('keep a history from the start, then of the last 30 seconds', () => {
    const stats = new ArrivalStats(0);
    stats.add('a b', 600);
    expect(stats.history(1_000).slice(0, 3)).toEqual([0, 4, 0]);
    expect(stats.history(30_600).slice(0, 3)).toEqual([0, 0, 0]);
    expect(stats.history(30_400)[0]).toBe(4);
    expect(stats.history(1_000)).toHaveLength(12);
    expect(stats.history(10_000)).toHaveLength(21);
    expect(stats.history(60_000)).toHaveLength(60);
  });
});
