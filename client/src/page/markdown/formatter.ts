import type { FormatMessage, FormatReply, FormatRequest } from './format-worker';

/** Milliseconds after which formatting is aborted: hostile text could take minutes, ordinary text takes far less. */
const timeLimit = 2_000;
/** Failures after which formatting is no longer tried. */
const maxFailures = 3;

/** Formats in a worker, so that no text can block the page. */
export class Formatter {
  #worker: Worker | undefined;
  #abort: (() => void) | undefined;
  #failures = 0;

  /** Resolves to `undefined` if formatting failed, timed out or was aborted. Accepts one request at a time. */
  async format(request: FormatRequest): Promise<FormatReply> {
    if (this.#failures >= maxFailures) return undefined;
    const worker = (this.#worker ??= new Worker(new URL('./format-worker.ts', import.meta.url), { type: 'module' }));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const reply = await new Promise<FormatReply>((resolve) => {
      const abort = () => resolve(undefined);
      this.#abort = abort;
      worker.onmessage = ({ data }: MessageEvent<FormatMessage>) => {
        if (data === 'started') timer = setTimeout(abort, timeLimit);
        else resolve(data);
      };
      worker.onerror = abort;
      worker.postMessage(request);
    });
    clearTimeout(timer);
    if (reply === undefined) {
      this.#failures++;
      this.close();
    }
    return reply;
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#abort?.();
    this.#abort = undefined;
  }
}
