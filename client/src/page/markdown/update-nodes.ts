/**
 * Makes the children of an element equal to those of a fragment, and changes only what differs: a selection in the rest
 * survives.
 */
export function updateChildren(element: Element, target: ParentNode & Node): void {
  const wanted = [...target.childNodes];
  wanted.forEach((node, index) => {
    const current = element.childNodes[index];
    if (current === undefined) element.append(node);
    else if (!updateNode(current, node)) current.replaceWith(node);
  });
  while (element.childNodes.length > wanted.length) element.lastChild?.remove();
}

/** Returns false if the node has to be replaced as a whole. */
function updateNode(current: ChildNode, wanted: ChildNode): boolean {
  if (current instanceof Text && wanted instanceof Text) {
    updateText(current, wanted.data);
    return true;
  }
  if (!(current instanceof Element && wanted instanceof Element) || current.tagName !== wanted.tagName) return false;
  for (const name of new Set([...current.getAttributeNames(), ...wanted.getAttributeNames()])) {
    const value = wanted.getAttribute(name);
    if (value === null) current.removeAttribute(name);
    else if (value !== current.getAttribute(name)) current.setAttribute(name, value);
  }
  updateChildren(current, wanted);
  return true;
}

/** Replaces only what follows the common beginning: setting `data` would collapse a selection in it. */
function updateText(text: Text, data: string): void {
  const { data: previous } = text;
  if (previous === data) return;
  let kept = data.startsWith(previous) ? previous.length : 0;
  while (kept < data.length && data[kept] === previous[kept]) kept++;
  text.replaceData(kept, previous.length - kept, data.slice(kept));
}
