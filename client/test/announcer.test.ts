import { describe, expect, test } from 'vitest';
import { endOfLastSentence } from '../src/page/announcer';

describe('the last sentence ends', () => {
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
