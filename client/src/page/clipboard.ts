import { byId } from './dom';

const notice = byId('notice');
let timer: ReturnType<typeof setTimeout> | undefined;

/** Shows a message for a few seconds. */
export function notify(text: string): void {
  clearTimeout(timer);
  notice.textContent = text;
  notice.classList.add('shown');
  timer = setTimeout(() => {
    notice.classList.remove('shown');
    notice.textContent = '';
  }, 4_000);
}

/** Copies the text. If the browser does not allow it (without TLS, or by its settings), a dialog shows the text selected. */
export async function copy(text: string, message: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notify(message);
  } catch {
    const dialog = byId<HTMLDialogElement>('by-hand');
    const field = byId<HTMLTextAreaElement>('by-hand-text');
    field.value = text;
    dialog.showModal();
    field.select();
  }
}

byId('by-hand-close').addEventListener('click', () => byId<HTMLDialogElement>('by-hand').close());
