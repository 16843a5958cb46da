const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });
/** Characters per call of the segmenter, which takes quadratic time for long text without spaces. */
const maxPart = 1_000;

/** Counts the words of a text in any script, including scripts without spaces between words. */
export function countWords(text: string): number {
  let count = 0;
  for (let start = 0; start < text.length; ) {
    const end = endOfPart(text, start);
    for (const { isWordLike } of segmenter.segment(text.slice(start, end))) if (isWordLike === true) count++;
    start = end;
  }
  return count;
}

function endOfPart(text: string, start: number): number {
  const end = start + maxPart;
  if (end >= text.length) return text.length;
  const boundary = startOfWord(text, end);
  return boundary > start ? boundary : end;
}

/** Where the word at a position begins. */
export function startOfWord(text: string, at: number): number {
  const start = Math.max(0, at - maxPart);
  return start + (segmenter.segment(text.slice(start, at + maxPart)).containing(at - start)?.index ?? 0);
}
