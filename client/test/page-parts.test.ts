import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { describeEnd, describeUsage } from '../src/page/advice';
import { endOfLastSentence } from '../src/page/announcer';
import { Arrival } from '../src/page/arrival';
import { formatTail } from '../src/page/markdown/format';
import { Pen } from '../src/page/pen';
import { roomIn } from '../src/page/plain-view';

describe('a block of the plain passage', () => {
  /** The blocks that a passage makes which comes in such pieces. */
  function blocks(pieces: readonly string[]): string[] {
    const all = [''];
    for (const piece of pieces) {
      for (let start = 0; start < piece.length; ) {
        const room = roomIn(all.at(-1) ?? '', piece.slice(start));
        all[all.length - 1] += piece.slice(start, start + room);
        start += room;
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
    ['a text without spaces', '漢字'.repeat(20_000), /字$|漢$/, 16_001],
    ['a text of pairs', '😀'.repeat(20_000), /😀$/u, 16_001],
  ])('of %s ends where that shows least, however the text came', (_, text, end, longest) => {
    for (const size of sizes) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));
      const made = blocks(pieces);
      expect(made.join('')).toBe(text);
      expect(Math.max(...made.map(({ length }) => length))).toBeLessThanOrEqual(longest + 2);
      // Pieces may be cut inside of a pair here, which segments never are.
      if (size > 1 || !/\p{So}/u.test(text)) for (const block of made.slice(0, -1)) expect(block.slice(-3)).toMatch(end);
    }
  });
});

describe('the pen', () => {
  let frames: ((now: number) => void)[];
  let written: string[];
  let pen: Pen;

  beforeEach(() => {
    frames = [];
    written = [];
    vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }));
    vi.stubGlobal('requestAnimationFrame', (callback: (now: number) => void) => frames.push(callback));
    vi.stubGlobal('cancelAnimationFrame', () => undefined);
    pen = new Pen((text) => written.push(text));
  });

  afterEach(() => vi.useRealTimers());

  function runFrames(): number {
    let count = 0;
    for (let now = 0; frames.length > 0; now += 16) {
      count++;
      frames.shift()?.(now);
    }
    return count;
  }

  test('writes once a frame, whatever arrives in between', () => {
    pen.add('a ');
    pen.add('b ');
    expect(frames).toHaveLength(1);
    expect(written).toEqual([]);
    runFrames();
    expect(written.join('')).toBe('a b ');
  });

  test('spreads a burst over several frames, by whole segments', () => {
    for (let i = 0; i < 100; i++) pen.add(`word${i} `);
    const count = runFrames();
    expect(count).toBeGreaterThan(5);
    expect(written.every((text) => /^(?:word\d+ )+$/.test(text))).toBe(true);
    expect(written.join('')).toBe(Array.from({ length: 100 }, (_, i) => `word${i} `).join(''));
  });

  test('gives no frame more than it can lay out, also of one huge segment, and splits no pair', () => {
    const huge = `x${'😀'.repeat(100_000)}`;
    pen.add(huge);
    runFrames();
    expect(written.join('')).toBe(huge);
    expect(Math.max(...written.map(({ length }) => length))).toBeLessThanOrEqual(16_385);
    expect(written.some((text) => /\p{Surrogate}/u.test(text))).toBe(false);
  });

  test('says when all is written', async () => {
    await pen.drained();
    pen.add('a');
    let drained = false;
    const done = pen.drained().then(() => (drained = true));
    await Promise.resolve();
    expect(drained).toBe(false);
    runFrames();
    await done;
  });

  test('writes on a hidden page too, all at once', () => {
    vi.useFakeTimers();
    Object.assign(document, { hidden: true });
    for (let i = 0; i < 100; i++) pen.add(`word${i} `);
    vi.runAllTimers();
    expect(written).toHaveLength(1);
  });

  test('does not wait for a frame that does not come because the page was hidden', () => {
    pen.add('a');
    Object.assign(document, { hidden: true });
    document.dispatchEvent(new Event('visibilitychange'));
    expect(written).toEqual(['a']);
  });

  test('forgets what was cleared', () => {
    pen.add('a');
    pen.clear();
    pen.add('b');
    runFrames();
    expect(written).toEqual(['b']);
  });
});

describe('what arrives', () => {
  test('is counted in words, also if they come in parts', () => {
    const arrival = new Arrival(0);
    for (const segment of ['He', 'llo', ' ', 'wor', 'ld\n', '', 'again ', ' and again']) arrival.add(segment, 10);
    expect(arrival.words).toBe(5);
    expect(arrival.segments).toBe(8);
  });

  test('has a first word, which is not white space', () => {
    const arrival = new Arrival(100);
    arrival.add('\n', 150);
    expect(arrival.timeToFirstWord).toBeUndefined();
    arrival.add('a', 340);
    arrival.add(' b', 900);
    expect(arrival.timeToFirstWord).toBe(240);
  });

  test('has a speed: of the last two seconds while it comes, and on average at the end', () => {
    const arrival = new Arrival(0);
    for (let now = 0; now < 10_000; now += 100) arrival.add(' a', now);
    for (let now = 10_000; now < 12_000; now += 50) arrival.add(' a', now);
    expect(arrival.speed(12_000)).toBe(20);
    arrival.end(14_000);
    expect(arrival.speed(20_000)).toBe(10);
    expect(arrival.elapsed(20_000)).toBe(14_000);
  });

  test('is plotted from its start, and then over the last half minute', () => {
    const arrival = new Arrival(0);
    arrival.add('a b', 600);
    expect(arrival.history(1_000).slice(0, 3)).toEqual([0, 4, 0]);
    expect(arrival.history(30_600).slice(0, 3)).toEqual([0, 0, 0]);
    expect(arrival.history(30_400)[0]).toBe(4);
    expect(arrival.history(1_000)).toHaveLength(12);
    expect(arrival.history(10_000)).toHaveLength(21);
    expect(arrival.history(60_000)).toHaveLength(60);
  });
});

describe('a sentence ends', () => {
  test.each([
    ['One. Two', 5],
    ['One. Two.', 5],
    ['“One!” Two', 7],
    ['3.14 is', 0],
    ['Heading\n\nText', 9],
    ['文。字', 2],
    ['nothing yet', 0],
  ])('%j at %i', (text, end) => {
    expect(endOfLastSentence(text)).toBe(end);
  });
});

describe('Markdown', () => {
  test('settles all but the last two blocks', () => {
    const tail = '# a\n\nb\n\n- c\n\nd';
    const { settledLength, settledHtml, restHtml } = formatTail(tail, {});
    expect(tail.slice(settledLength)).toBe('- c\n\nd');
    expect(settledHtml).toBe('<h3>a</h3><p>b</p>\n');
    expect(restHtml).toContain('<li>c</li>');
  });

  test('keeps a definition only once it cannot change any more', () => {
    expect(formatTail('a\n\nb\n\n[x]: https:', {}).links).toEqual({});
    expect(formatTail('[x]: https://example.org/\n\na\n\nb', {}).links).toEqual({ x: { href: 'https://example.org/', title: undefined } });
  });

  test('shows HTML as text and an image as a link', () => {
    expect(formatTail('<b onclick="x()">a</b> ![alt](https://example.org/i.png)', {}).restHtml).toBe(
      '<p>&lt;b onclick=&quot;x()&quot;&gt;a&lt;/b&gt; <a href="https://example.org/i.png">alt</a></p>\n',
    );
  });
});

describe('the end', () => {
  test.each([
    ['completed', 'stop', 'Complete.'],
    ['completed', 'length', 'Cut short at the length limit.'],
    ['completed', 'content_filter', 'Complete (content_filter).'],
    ['stopped', 'requested', 'Stopped.'],
    ['stopped', 'abandoned', 'Stopped, because nobody was watching.'],
  ] as const)('%s, %s', (type, reason, text) => {
    expect(describeEnd(type, reason)).toBe(text);
  });

  test('tells the usage as it comes', () => {
    expect(describeUsage({ usage: { promptTokens: 12, completion_tokens: 3400, model: 'm' } })).toBe('prompt tokens 12, completion tokens 3,400');
    expect(describeUsage({ segments: 3 })).toBeUndefined();
  });
});
