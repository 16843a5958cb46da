import { openTextStream, type TextStream, type TextStreamEvent, type TextStreamOptions, type TextStreamState } from '../src/text-stream';

/** A stream with its reader and a record of its states, for tests that wait for something to happen. */
export class Watched {
  readonly stream: TextStream;
  readonly events: TextStreamEvent[] = [];
  readonly states: TextStreamState[] = [];
  /** Settles with the loop that reads the events: to `undefined`, or to the error that the loop threw. */
  readonly end: Promise<unknown>;
  #changed: (() => void)[] = [];

  constructor(options: TextStreamOptions) {
    this.stream = openTextStream({
      retry: { base: 1, max: 10 },
      ...options,
      onState: (state) => {
        this.states.push(state);
        this.#notify();
      },
    });
    this.end = this.#read();
  }

  get text(): string {
    return this.events.map((event) => (event.type === 'segment' ? event.text : '')).join('');
  }

  get ids(): string[] {
    return this.events.map(({ id }) => id);
  }

  get phases(): string[] {
    return this.states.map(({ phase }) => phase);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  async #read(): Promise<unknown> {
    try {
      for await (const event of this.stream) {
        this.events.push(event);
        this.#notify();
      }
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #notify(): void {
    for (const wake of this.#changed.splice(0)) wake();
  }
}

/** A promise and the key to it. */
export class Gate {
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
}
