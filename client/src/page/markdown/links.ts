import type { MarkdownIt } from 'markdown-it';

/** Full-width symbols. Linkify-it ends an address before punctuation of any script, but not before these. */
const fullWidthSymbol = /[＄＋＜-＞＾｀｜～￠-￦]/u;

/** Restricts links made from plain text to addresses with a scheme or `www.`, and shows them as they were written. */
export function limitLinks(md: MarkdownIt): void {
  const { linkify } = md;
  const addressLength = (text: string) => {
    const pattern = linkify.re.get_http_validator();
    pattern.lastIndex = 0;
    return pattern.exec(text.split(fullWidthSymbol, 1)[0] ?? '')?.[0].length ?? 0;
  };
  for (const scheme of ['http:', 'https:', 'ftp:']) linkify.add(scheme, { validate: (text, start) => addressLength(text.slice(start)) });
  linkify.add('www.', {
    validate: (text, start) => Math.max(0, addressLength(`//www.${text.slice(start)}`) - '//www.'.length),
    normalize: (match) => {
      match.url = `http://${match.url}`;
    },
  });
  linkify.add('//', null);
  // Markdown-it would decode the address for display.
  md.normalizeLinkText = (url) => url;
}
