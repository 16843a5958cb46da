import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SmoothWriter } from '../src/page/smooth-writer';

describe('the smooth writer', () => {
  let frames: ((now: number) => void)[];
  let written: string[];
  let writer: SmoothWriter;

  beforeEach(() => {
    frames = [];
    written = [];
    vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }));
    vi.stubGlobal('requestAnimationFrame', (callback: (now: number) => void) => frames.push(callback));
    vi.stubGlobal('cancelAnimationFrame', () => undefined);
    writer = new SmoothWriter((text) => written.push(text));
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

  test('writes once per frame', () => {
    writer.add('a ');
    writer.add('b ');
    expect(frames).toHaveLength(1);
    expect(written).toEqual([]);
    runFrames();
    expect(written.join('')).toBe('a b ');
  });

  test('spreads a burst over several frames, in whole segments', () => {
    for (let i = 0; i < 100; i++) writer.add(`word${i} `);
    const count = runFrames();
    expect(count).toBeGreaterThan(5);
    expect(written.every((text) => /^(?:word\d+ )+$/.test(text))).toBe(true);
    expect(written.join('')).toBe(Array.from({ length: 100 }, (_, i) => `word${i} `).join(''));
  });

  test('limits the characters per frame, splitting a huge segment but no surrogate pair', () => {
    const huge = `x${'😀'.repeat(100_000)}`;
    writer.add(huge);
    runFrames();
    expect(written.join('')).toBe(huge);
    expect(Math.max(...written.map(({ length }) => length))).toBeLessThanOrEqual(16_385);
    expect(written.some((text) => /\p{Surrogate}/u.test(text))).toBe(false);
  });

  test('resolves drained() when all is written', async () => {
    await writer.drained();
    writer.add('a');
    let drained = false;
    const done = writer.drained().then(() => (drained = true));
    await Promise.resolve();
    expect(drained).toBe(false);
    runFrames();
    await done;
  });

  test('writes everything at once on a hidden page', () => {
    vi.useFakeTimers();
    Object.assign(document, { hidden: true });
    for (let i = 0; i < 100; i++) writer.add(`word${i} `);
    vi.runAllTimers();
    expect(written).toHaveLength(1);
  });

  test('does not wait for a frame when the page becomes hidden', () => {
    writer.add('a');
    Object.assign(document, { hidden: true });
    document.dispatchEvent(new Event('visibilitychange'));
    expect(written).toEqual(['a']);
  });

  test('discards cleared text', () => {
    writer.add('a');
    writer.clear();
    writer.add('b');
    runFrames();
    expect(written).toEqual(['b']);
  });
});
