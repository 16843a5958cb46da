import type { FormatReply, FormatRequest } from './format-worker';

/** Milliseconds after which formatting is aborted: hostile text could take minutes, ordinary text takes far less. */
const timeLimit = 2_000;
/** Failures after which formatting is no longer tried. */
const maxFailures = 3;

/** Formats in a worker, so that no text can block the page. */
export class Formatter {
  #worker: Worker | undefined;
  #failures = 0;

  /** Resolves to `undefined` if formatting failed or timed out. Accepts one request at a time. */
  async format(request: FormatRequest): Promise<FormatReply> {
    if (this.#failures >= maxFailures) return undefined;
    const worker = (this.#worker ??= new Worker(new URL('./format-worker.ts', import.meta.url), { type: 'module' }));
    const reply = await new Promise<FormatReply>((resolve) => {
      const timer = setTimeout(resolve, timeLimit);
      const end = (value: FormatReply) => {
        clearTimeout(timer);
        resolve(value);
      };
      worker.onmessage = ({ data }: MessageEvent<FormatReply>) => end(data);
      worker.onerror = () => end(undefined);
      worker.postMessage(request);
    });
    if (reply === undefined) {
      this.#failures++;
      this.close();
    }
    return reply;
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}
