import createParser, { type MarkdownIt } from 'markdown-it';
import cjkFriendly from 'markdown-it-cjk-friendly';
import { setDirections } from './direction';
import { keepFormulas } from './formulas';
import { limitLinks } from './links';

/** Markdown as readers of generated text expect it: HTML and images of the text are not rendered as such. */
export const parser = createParser({ html: false, linkify: true }).use(cjkFriendly).use(keepFormulas).use(limitLinks).use(adaptTokens).use(setDirections);

function adaptTokens(md: MarkdownIt): void {
  md.core.ruler.push('adapt-tokens', ({ tokens }) => {
    tokens.forEach((token, index) => {
      // The page itself uses the heading levels 1 and 2.
      if (token.type.startsWith('heading_')) token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + 2)}`;
      // The page's content security policy forbids inline styles.
      const alignment = /^text-align:(\w+)$/.exec(String(token.attrGet('style')))?.[1];
      if (alignment !== undefined) token.attrs = [['align', alignment]];
      const text = token.children?.[0];
      if (text?.type === 'text' && tokens[index - 2]?.type === 'list_item_open') {
        text.content = text.content.replace(/^\[([ xX])\](?=\s)/, (_, mark) => (mark === ' ' ? '☐' : '☑'));
      }
    });
  });

  const { rules } = md.renderer;
  const { escapeHtml } = md.utils;
  rules['s_open'] = () => '<del>';
  rules['s_close'] = () => '</del>';
  rules['code_inline'] = (tokens, index) => `<code dir="ltr">${escapeHtml(tokens[index]?.content ?? '')}</code>`;
  rules['code_block'] = rules['fence'] = (tokens, index) => `<pre dir="ltr"><code>${escapeHtml(tokens[index]?.content ?? '')}</code></pre>\n`;
  // Loading an image would reveal the reader's address to the image's server.
  rules['image'] = (tokens, index, options, env, renderer) => {
    const image = tokens[index];
    const href = String(image?.attrGet('src') ?? '');
    const text = escapeHtml(renderer.renderInlineAsText(image?.children ?? [], options, env) || href);
    const isInLink = tokens.slice(0, index).reduce((depth, { type, nesting }) => (type.startsWith('link_') ? depth + nesting : depth), 0) > 0;
    return isInLink ? text : `<a href="${escapeHtml(href)}">${text}</a>`;
  };
}
