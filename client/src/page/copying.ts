import { byId } from './dom';

const notice = byId('notice');
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says something in passing. */
export function notify(text: string): void {
  clearTimeout(timer);
  notice.textContent = text;
  notice.classList.add('shown');
  timer = setTimeout(() => {
    notice.classList.remove('shown');
    notice.textContent = '';
  }, 4_000);
}

/** Where the browser does not let a page copy (without TLS, or by its settings), the reader is shown what to copy. */
export async function copy(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notify(done);
  } catch {
    const dialog = byId<HTMLDialogElement>('by-hand');
    const field = byId<HTMLTextAreaElement>('by-hand-text');
    field.value = text;
    dialog.showModal();
    field.select();
  }
}

byId('by-hand-close').addEventListener('click', () => byId<HTMLDialogElement>('by-hand').close());
