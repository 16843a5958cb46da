import { eventNames } from '../src/text-stream/events';
import { FrameReader } from '../src/text-stream/frame-reader';

/** `EventSource` as browsers have it: reconnects where there was no answer or an end, gives up at any other status. */
export class NativeEventSource extends EventTarget {
  static readonly instances: NativeEventSource[] = [];
  readonly CLOSED = 2;
  readyState = 0;
  onopen: (() => void) | undefined;
  onerror: (() => void) | undefined;
  readonly #abort = new AbortController();
  #lastEventId = '';
  #retry = 5;

  constructor(
    readonly url: URL,
    readonly init: EventSourceInit,
  ) {
    super();
    NativeEventSource.instances.push(this);
    void this.#run();
  }

  close(): void {
    this.readyState = 2;
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    while (this.readyState !== 2) {
      const refused = await this.#connect().catch(() => false);
      if (this.#abort.signal.aborted) return;
      this.readyState = refused ? 2 : 0;
      this.onerror?.();
      await new Promise((resolve) => setTimeout(resolve, this.#retry));
    }
  }

  async #connect(): Promise<boolean> {
    const headers = { Accept: 'text/event-stream', ...(this.#lastEventId !== '' && { 'Last-Event-ID': this.#lastEventId }) };
    const response = await fetch(this.url, { headers, signal: this.#abort.signal });
    if (response.status !== 200 || response.headers.get('Content-Type') !== 'text/event-stream') return true;

    this.readyState = 1;
    this.onopen?.();
    const reader = new FrameReader({
      lastEventId: this.#lastEventId,
      maxEventCharacters: 1_000_000,
      onComment: () => undefined,
      onRetry: (milliseconds) => (this.#retry = milliseconds),
    });
    for await (const bytes of response.body ?? []) {
      for (const { id, event, data } of reader.read(bytes)) {
        this.#lastEventId = id;
        if ((eventNames as readonly string[]).includes(event)) this.dispatchEvent(Object.assign(new Event(event), { data, lastEventId: id }));
        if (this.#abort.signal.aborted) return false;
      }
    }
    return false;
  }
}
