import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Announcer, endOfLastSentence } from '../src/page/announcer';
import { countWords } from '../src/page/words';

describe('the last sentence ends', () => {
  test.each([
    ['One. Two', 5],
    ['One. Two.', 5],
    ['“One!” Two', 7],
    ['3.14 is', 0],
    ['Heading\n\nText', 9],
    ['文。字', 2],
    ['「何？」彼', 4],
    ['مرحبا؟ نعم', 7],
    ['नमस्ते। आप', 8],
    ['ይህ። ነው', 4],
    ['Complete.\n', 10],
    ['nothing yet', 0],
  ])('%j at %i', (text, end) => {
    expect(endOfLastSentence(text)).toBe(end);
  });
});

describe('the announcer', () => {
  interface Paragraph {
    textContent: string;
    dir: string;
  }
  let announcements: string[][];
  let announcer: Announcer;

  beforeEach(() => {
    vi.useFakeTimers();
    announcements = [];
    vi.stubGlobal('document', { createElement: () => ({ textContent: '', dir: '' }) });
    const region = {
      replaceChildren: (...paragraphs: Paragraph[]) => announcements.push(paragraphs.map(({ textContent }) => textContent)),
      append: (paragraph: Paragraph) => announcements.at(-1)?.push(paragraph.textContent),
    };
    announcer = new Announcer(region as unknown as HTMLElement);
  });

  afterEach(() => vi.useRealTimers());

  /** Adds text at a speed in characters per second. */
  function read(text: string, speed: number): void {
    for (let start = 0; start < text.length; start += speed / 10) {
      announcer.add(text.slice(start, start + speed / 10));
      vi.advanceTimersByTime(100);
    }
    announcer.finish();
  }

  test.each([
    ['English', 'This sentence has some words. Does this one? Yes! '],
    ['Chinese', '这句话有几个词。这句话也是吗？是的！'],
    ['Japanese', 'これは文です。「これもですか？」はい！'],
    ['Arabic', 'هذه جملة قصيرة. هل هذه أيضا؟ نعم! '],
    ['Hebrew', 'זה משפט קצר. האם גם זה? כן! '],
    ['Hindi', 'यह एक वाक्य है। क्या यह भी? हाँ! '],
    ['Amharic', 'ይህ ዓረፍተ ነገር ነው። ይህስ? አዎ! '],
  ])('reads whole sentences of %s at 20 characters per second, and leaves nothing out', (_, unit) => {
    const text = unit.repeat(8);
    read(text, 20);
    expect(announcements.map(([spoken]) => spoken?.replace(/\s/g, '')).join('')).toBe(text.replace(/\s/g, ''));
    for (const [spoken, leftOut] of announcements) {
      expect(spoken).toMatch(/\p{Sentence_Terminal}\p{Pe}*$/u);
      expect(leftOut).toBeUndefined();
    }
  });

  test.each([
    ['English', 'This sentence has some words. '],
    ['Chinese', '这句话有几个词，不多也不少。'],
    ['Arabic', 'هذه جملة قصيرة فيها كلمات. '],
    ['Thai', 'ประโยคนี้ไม่มีจุดสิ้นสุด '],
  ])('reads %s at 200 characters per second, and says how many words it leaves out', (_, unit) => {
    const text = unit.repeat(Math.ceil(4_000 / unit.length));
    read(text, 200);
    expect(announcements.length).toBeGreaterThanOrEqual(8);
    let words = 0;
    for (const [index, [spoken = '', leftOut = '0']] of announcements.entries()) {
      if (index < announcements.length - 1) expect(spoken.length).toBeGreaterThan(100);
      expect(spoken.length).toBeLessThanOrEqual(300);
      expect(text).toContain(spoken);
      words += countWords(spoken) + Number.parseInt(leftOut, 10);
    }
    expect(announcements[0]?.[1]).toMatch(/^ \d+ words left out\.$/);
    expect(Math.abs(words - countWords(text))).toBeLessThan(announcements.length);
  });

  test('estimates how many words of very long text it leaves out', () => {
    announcer.add('Some more words. '.repeat(100_000));
    announcer.finish();
    expect(announcements).toEqual([['Some more words. '.repeat(17).trim(), ' About 300,000 words left out.']]);
  });

  test('reads the last sentence when the text pauses', () => {
    announcer.add('First. The model is thinking。');
    vi.advanceTimersByTime(2_500);
    expect(announcements).toEqual([['First.']]);
    vi.advanceTimersByTime(2_500);
    expect(announcements).toEqual([['First.'], ['The model is thinking。']]);
  });

  test('reads an incomplete sentence only at the end', () => {
    announcer.add('An incomplete');
    vi.advanceTimersByTime(60_000);
    expect(announcements).toEqual([]);
    announcer.add(' sentence');
    announcer.finish();
    expect(announcements).toEqual([['An incomplete sentence']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('discards cleared text', () => {
    announcer.add('One. Two. ');
    announcer.clear();
    vi.advanceTimersByTime(60_000);
    expect(announcements).toEqual([[]]);
  });
});
