import { describe, expect, test } from 'vitest';
import { formatTail } from '../src/page/markdown/format';

describe('Markdown', () => {
  test('settles all but the last two blocks', () => {
    const tail = '# a\n\nb\n\n- c\n\nd';
    const { settledLength, settledHtml, restHtml } = formatTail(tail, {});
    expect(tail.slice(settledLength)).toBe('- c\n\nd');
    expect(settledHtml).toBe('<h3>a</h3><p>b</p>\n');
    expect(restHtml).toContain('<li>c</li>');
  });

  test('keeps only definitions that can no longer change', () => {
    expect(formatTail('a\n\nb\n\n[x]: https:', {}).links).toEqual({});
    expect(formatTail('[x]: https://example.org/\n\na\n\nb', {}).links).toEqual({ x: { href: 'https://example.org/', title: undefined } });
  });

  test('shows HTML as text and an image as a link', () => {
    expect(formatTail('<b onclick="x()">a</b> ![alt](https://example.org/i.png)', {}).restHtml).toBe(
      '<p>&lt;b onclick=&quot;x()&quot;&gt;a&lt;/b&gt; <a href="https://example.org/i.png">alt</a></p>\n',
    );
  });
});
