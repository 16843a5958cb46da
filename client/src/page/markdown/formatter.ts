import type { FormatReply, FormatRequest } from './format-worker';

/** Text can be made so that a formatter takes minutes over it. No honest text takes so many milliseconds. */
const patience = 2_000;
/** Then it is not tried for ever. */
const mostFailures = 3;

/** Formats off the page's own thread, so that no text can stop the page. */
export class Formatter {
  #worker: Worker | undefined;
  #failures = 0;

  /** Resolves to `undefined` if it cannot be done. One request at a time. */
  async format(request: FormatRequest): Promise<FormatReply> {
    if (this.#failures >= mostFailures) return undefined;
    const worker = (this.#worker ??= new Worker(new URL('./format-worker.ts', import.meta.url), { type: 'module' }));
    const reply = await new Promise<FormatReply>((resolve) => {
      const timer = setTimeout(resolve, patience);
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
