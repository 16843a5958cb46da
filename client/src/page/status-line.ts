import { byId } from './dom';

export type Phase = 'idle' | 'connecting' | 'streaming' | 'reconnecting' | 'stopping' | 'completed' | 'stopped' | 'failed';

const title = document.title;

/** Shows the state of the stream. Screen readers read the text, but not the countdown. */
export class StatusLine {
  readonly #status = byId('status');
  readonly #countdown = byId('countdown');
  readonly #retry = byId<HTMLButtonElement>('retry');
  #phase: Phase = 'idle';
  #retryAt: number | undefined;

  get phase(): Phase {
    return this.#phase;
  }

  get isBusy(): boolean {
    return ['connecting', 'streaming', 'reconnecting', 'stopping'].includes(this.#phase);
  }

  show(phase: Phase, text: string, retryAt?: number): void {
    this.#phase = phase;
    this.#retryAt = retryAt;
    this.#status.dataset.state = phase;
    document.body.dataset.state = phase;
    if (this.#status.textContent !== text) this.#status.textContent = text;
    // Visible while another tab is open.
    document.title = phase === 'idle' ? title : `${text} – ${title}`;
    this.#retry.hidden = phase !== 'reconnecting';
    this.tick();
  }

  tick(): void {
    const seconds = this.#retryAt === undefined ? undefined : Math.max(0, Math.ceil((this.#retryAt - Date.now()) / 1000));
    const text = seconds === undefined ? '' : seconds === 0 ? 'Now.' : `In ${seconds} s.`;
    if (this.#countdown.textContent !== text) this.#countdown.textContent = text;
  }
}
