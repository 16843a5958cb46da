import DOMPurify from 'dompurify';

// A separate instance, because hooks on the shared one would affect every other user of it.
const purifier = DOMPurify(window);
purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node instanceof HTMLAnchorElement) {
    node.target = '_blank';
    node.rel = 'noopener noreferrer nofollow';
  }
});

export function sanitise(html: string): DocumentFragment {
  const fragment = purifier.sanitize(html, {
    RETURN_DOM_FRAGMENT: true,
    ALLOWED_TAGS: [
      ...['a', 'bdi', 'blockquote', 'br', 'code', 'del', 'em', 'h3', 'h4', 'h5', 'h6', 'hr', 'li', 'ol', 'p', 'pre', 'strong', 'ul'],
      ...['table', 'tbody', 'td', 'th', 'thead', 'tr'],
    ],
    ALLOWED_ATTR: ['href', 'start', 'align', 'dir'],
    // DOMPurify would otherwise require an address as their value.
    ADD_URI_SAFE_ATTR: ['start', 'align', 'dir'],
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
  });
  for (const table of fragment.querySelectorAll('table')) makeScrollable(table);
  return fragment;
}

/** A wide table scrolls in a box of its own, which the keyboard can reach. */
function makeScrollable(table: HTMLTableElement): void {
  const box = document.createElement('div');
  box.tabIndex = 0;
  box.dir = table.dir;
  box.role = 'group';
  box.ariaLabel = 'Table';
  table.replaceWith(box);
  box.append(table);
}
