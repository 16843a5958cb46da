import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatTail, type References } from '../src/page/markdown/format';

/** The HTML of a finished passage. */
function format(text: string): string {
  return formatTail(text, {}).blocks.join('');
}

/** The HTML of a passage that arrived in pieces, as the view formats it. */
function formatStreamed(pieces: readonly string[]): string {
  let tail = '';
  let references: References = {};
  const settled: string[] = [];
  let rest: readonly string[] = [];
  let hasReferences = false;
  for (const piece of pieces) {
    tail += piece;
    const formatted = formatTail(tail, references);
    settled.push(...formatted.blocks.slice(0, formatted.settledBlocks));
    rest = formatted.blocks.slice(formatted.settledBlocks);
    tail = tail.slice(formatted.settledLength);
    references = formatted.references;
    hasReferences ||= formatted.hasReferences;
  }
  return hasReferences ? format(pieces.join('')) : [...settled, ...rest].join('');
}

describe('Markdown in pieces', () => {
  const lines = fc.constantFrom(
    ...['lazy', '10. ten', '1. one', '2) two', '1', '1.', '   - nested', '- item', '-', '* star', '+ plus', '  two spaces', '    four spaces', '\ttab'],
    ...['', '', '', ' ', '> quote', '>', '> - quoted item', '# heading', '#', '===', '---', '- - -', '***', '```', '```js', '~~~', '   ```'],
    ...['<b>html</b>', '<!-- comment', '-->', '<div>', '| a | b |', '|---|---|', '|:-', '| c', 'a | b', '-|-', '\\', 'hard  ', 'code `a', 'b` end'],
    ...['[x]: https://example.org/', '[x]:', 'https://example.org/', '"title', 'title"', '[x]', '[y][x]', '[x]: /other', '[^1]: note'],
    ...['$$', '\\[', '\\]', 'x = 1', '\\begin{a}', '\\end{a}', '**bold', 'bold**', '- [x] done', '中文。', 'שלום', '&amp; \\* ~a~', 'www.example.org'],
  );
  const document = fc.array(lines, { maxLength: 14 }).map((all) => all.join('\n'));

  test('ends in the same HTML as Markdown in one piece', () => {
    fc.assert(
      fc.property(document, fc.infiniteStream(fc.integer({ min: 1, max: 12 })), (text, sizes) => {
        const pieces: string[] = [];
        for (let start = 0; start < text.length; ) {
          const size = sizes.next().value;
          pieces.push(text.slice(start, start + size));
          start += size;
        }
        expect(formatStreamed(pieces)).toBe(format(text));
      }),
      { numRuns: 3_000 },
    );
  });

  test('has settled blocks that no later text changes', () => {
    fc.assert(
      fc.property(document, document, (text, later) => {
        const { blocks, settledBlocks, settledLength, hasReferences } = formatTail(text, {});
        const whole = formatTail(text + later, {});
        fc.pre(!hasReferences && !whole.hasReferences);
        expect(whole.blocks.slice(0, settledBlocks)).toEqual(blocks.slice(0, settledBlocks));
        expect(format(text.slice(0, settledLength))).toBe(blocks.slice(0, settledBlocks).join(''));
      }),
      { numRuns: 3_000 },
    );
  });

  test.each(['lazy\n10. ten\n   - nested\n', '1. a\n\n2. b\n', '- a\n\n- b\n\n  c\n', 'a\n\n[x]: /u\n"t\n\nb"\n', '$$\na\n- b\n$$\n', 'a\n| b |\n|---|\n'])('%j', (text) => {
    expect(formatStreamed(Array.from(text))).toBe(format(text));
  });

  test('settles long text, so that it is not formatted again', () => {
    const paragraphs = Array.from({ length: 100 }, (_, i) => `- item ${i}\n- item\n\nParagraph ${i}.\n\n`).join('');
    const { settledLength } = formatTail(paragraphs, {});
    expect(paragraphs.length - settledLength).toBeLessThan(100);
  });
});

describe('Markdown', () => {
  test('settles the blocks before the last one', () => {
    const tail = '# a\n\nb\n\n- c\n\nd\n';
    const { blocks, settledBlocks, settledLength } = formatTail(tail, {});
    expect(tail.slice(settledLength)).toBe('d\n');
    expect(blocks.slice(0, settledBlocks).join('')).toBe('<h3 dir="auto">a</h3>\n<p dir="auto">b</p>\n<ul dir="ltr">\n<li dir="auto">c</li>\n</ul>\n');
  });

  test('keeps only definitions that can no longer change', () => {
    expect(formatTail('a\n\nb\n\n[x]: https:', {}).references).toEqual({});
    expect(formatTail('[x]: https://example.org/\n\na\n\nb\n', {}).references).toEqual({ X: { href: 'https://example.org/', title: '' } });
  });

  test('shows HTML as text and an image as a link', () => {
    expect(format('<b onclick="x()">a</b> ![alt](https://example.org/i.png)')).toBe(
      '<p dir="auto">&lt;b onclick=&quot;x()&quot;&gt;a&lt;/b&gt; <a href="https://example.org/i.png">alt</a></p>\n',
    );
    expect(format('[![alt](/i.png)](https://example.org/)')).toBe('<p dir="auto"><a href="https://example.org/">alt</a></p>\n');
  });

  test.each(['a ~b~ c', '~a~~b~', '5~6 and 7~8', '～あ～', '\\(x\\)', '\\[x_1 * y_1 * z\\]', '$$a_b * c * d_e$$', '$a_1*b$ and $c*d_2$', '$5 and $10', '\\[ open', 'close \\)', 'a\\(b'])('shows %j as it was written', (text) => {
    expect(format(text).replace(/<\/?(?:p|bdi)(?: dir="\w+")?>|\n$/g, '').replaceAll('&gt;', '>')).toBe(text);
  });

  test.each([
    ['$$\na * b\n- c\n+ d\n$$', '<p dir="ltr">$$<br>\na * b<br>\n- c<br>\n+ d<br>\n$$</p>\n'],
    ['As:\n\\[\nx \\\\\n= y\n\\]\nthen', '<p dir="auto">As:</p>\n<p dir="ltr">\\[<br>\nx \\\\<br>\n= y<br>\n\\]</p>\n<p dir="auto">then</p>\n'],
    ['\\begin{align*}\na &= b \\\\\n\\end{align*}', '<p dir="ltr">\\begin{align*}<br>\na &amp;= b \\\\<br>\n\\end{align*}</p>\n'],
    ['`$a` *b* `c$`', '<p dir="auto"><code dir="ltr">$a</code> <em>b</em> <code dir="ltr">c$</code></p>\n'],
  ])('keeps the formula %j', (text, html) => {
    expect(format(text)).toBe(html);
  });

  test.each(['**「強調」**です', 'これは**重要。**次に', '中文**“引用”**中文', '한국어**(강조)**는', '（**注意**）を'])('makes bold text beside CJK in %j', (text) => {
    expect(format(text)).toBe(`<p dir="auto">${text.replace(/\*\*(.*)\*\*/, '<strong>$1</strong>')}</p>\n`);
  });

  test.each(Array.from('。，、；：！？）」』】》〉］｝〕〟＞｡､｣”’»…—؟،।॥።။'))('ends a link before %s', (mark) => {
    expect(format(`见https://example.org/a?b=c${mark}后`)).toContain(`<a href="https://example.org/a?b=c">https://example.org/a?b=c</a>${mark}后`);
    expect(format(`www.example.org${mark}`)).toContain(`>www.example.org</a>${mark}`);
  });

  test.each(['https://example.org/wiki/北京_(城市)', 'https://example.org/%E4%BA%AC', 'https://example.org/a_b*c?d=~e'])('keeps %s whole', (address) => {
    expect(format(`<${address}> ${address} x`)).toContain(`>${address}</a> x`);
  });

  test('makes no link of a file name', () => {
    expect(format('README.md, main.rs //host.example')).toBe('<p dir="auto">README.md, main.rs //host.example</p>\n');
  });

  test('gives each block its direction, and code left to right', () => {
    expect(format('# שלום\n\n> > نص\n\n- א\n- b\n\n1. ב\n\n   c\n')).toBe(
      '<h3 dir="auto">שלום</h3>\n<blockquote dir="rtl">\n<blockquote dir="rtl">\n<p dir="auto">نص</p>\n</blockquote>\n</blockquote>\n' +
        '<ul dir="rtl">\n<li dir="auto">א</li>\n<li dir="auto">b</li>\n</ul>\n<ol dir="rtl">\n<li dir="rtl">\n<p dir="auto">ב</p>\n<p dir="auto">c</p>\n</li>\n</ol>\n',
    );
    expect(format('| א | b |\n|--:|---|\n| c | d |')).toContain('<table dir="rtl">\n<thead>\n<tr>\n<th align="right" dir="auto">א</th>');
    expect(format('```\nא\n```\n\n`א`')).toBe('<pre dir="ltr"><code>א\n</code></pre>\n<p dir="auto"><code dir="ltr">א</code></p>\n');
  });

  test('shows check boxes as characters', () => {
    expect(format('- [x] a\n- [ ] b\n- [c] d')).toBe('<ul dir="ltr">\n<li dir="auto">☑ a</li>\n<li dir="auto">☐ b</li>\n<li dir="auto">[c] d</li>\n</ul>\n');
  });
});
