import { Window } from 'happy-dom';
import type { Root } from 'react-dom/client';

// Only what React needs: the environment of vitest would also replace fetch and AbortSignal, and this project reads real responses.
const window = new Window();
for (const [name, value] of Object.entries({ window, document: window.document, navigator: window.navigator })) {
  Object.defineProperty(globalThis, name, { value, configurable: true });
}

// React looks for a document when it is imported.
const { createRoot } = await import('react-dom/client');

export function newRoot(): Root {
  return createRoot(document.createElement('main'));
}
