import { afterRetryAfter, backoff } from './backoff';
import type { ConnectionEnd, ConnectionListener } from './connection';
import { AbortedError, FailedByServerError, IdleError, NetworkError, type TextStreamError } from './errors';
import { EventQueue } from './event-queue';
import { isTerminal, readEvent, type Frame, type TerminalEvent, type TextStreamEvent } from './events';
import { GaveUp, readOverEventSource } from './eventsource-connection';
import { deleteStream, readOverFetch, reasonOf } from './fetch-connection';
import { isOffline, watchNetwork } from './network';
import { readOptions, type Settings, type TextStreamOptions } from './options';
import { Passage } from './passage';
import { Routes } from './routes';
import { isFinal, type TextStreamState } from './state';
import { IdleLimit, Watchdog } from './watchdog';

export interface TextStream extends AsyncIterable<TextStreamEvent> {
  readonly state: TextStreamState;
  /** Known once the stream has started, or from an address that names it. */
  readonly streamId: string | undefined;
  /** Where a resume goes on. Empty before the first event. */
  readonly lastEventId: string;
  /** All the text that has arrived, also what the reader of the events has not taken yet. */
  readonly passage: string;
  /** Ends a wait for the next connection. */
  retryNow(): void;
  /** Stops the generation, for everyone who watches it. The stream then ends with its `stopped` event. */
  stop(): Promise<void>;
  /** Leaves the stream and lets the generation be. */
  close(): void;
}

/**
 * Opens a stream and keeps it open: each event comes once and in order, over as many connections as that takes. Events
 * are read by `for await`, by one reader; leaving the loop closes the stream. A stream that fails throws there.
 */
export function openTextStream(options: TextStreamOptions): TextStream {
  return new ResumingTextStream(options);
}

/** The reason of a connection that was broken off so that a better one can be made at once. */
const again = Symbol('again');

/** `stop()` is asked for by a person who waits: it is repeated, but not for minutes. */
const stopAttempts = 5;

class ResumingTextStream implements TextStream {
  readonly #settings: Settings;
  readonly #routes: Routes;
  readonly #onState: ((state: TextStreamState) => void) | undefined;
  readonly #passage: Passage;
  readonly #idle: IdleLimit;
  readonly #queue = new EventQueue();
  readonly #finally: (() => void)[] = [];

  #state: TextStreamState = { phase: 'connecting', attempt: 1 };
  #streamId: string | undefined;
  #lastEventId: string;
  #terminal: TerminalEvent | undefined;
  #failures = 0;
  #firstWait: number;
  #connection: AbortController | undefined;
  #watchdog: Watchdog | undefined;
  #offlineSince: number | undefined;
  #endWait: (() => void) | undefined;
  #browser: 'trusted' | 'ask first' | 'given up on' = 'trusted';
  #browserHeard = false;
  #stopping: Promise<void> | undefined;
  #onStreamId: (() => void) | undefined;
  #isRead = false;

  constructor(options: TextStreamOptions) {
    this.#settings = readOptions(options);
    this.#routes = new Routes(options.url);
    this.#onState = options.onState;
    this.#passage = new Passage(this.#settings.limits.passage);
    this.#idle = new IdleLimit(this.#settings.idle);
    this.#firstWait = this.#settings.retry.base;
    this.#streamId = this.#routes.streamId;
    this.#lastEventId = options.lastEventId ?? '';

    this.#finally.push(
      watchNetwork({
        onOffline: () => (this.#offlineSince = Date.now()),
        onOnline: () => this.#onOnline(),
        onVisible: () => this.#onVisible(),
      }),
    );
    this.#obey(options.signal);
    void this.#run();
  }

  get state(): TextStreamState {
    return this.#state;
  }

  get streamId(): string | undefined {
    return this.#streamId;
  }

  get lastEventId(): string {
    return this.#lastEventId;
  }

  get passage(): string {
    return this.#passage.toString();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TextStreamEvent, void, undefined> {
    if (this.#isRead) throw new TypeError('A stream has one reader: open another one for a second.');
    this.#isRead = true;
    try {
      yield* this.#queue.read();
    } finally {
      this.close();
    }
  }

  retryNow(): void {
    if (this.#state.phase !== 'waiting') return;
    // Without a wait of ours, it is the browser that waits.
    if (this.#endWait === undefined) this.#connection?.abort(again);
    else this.#endWait();
  }

  close(): void {
    this.#finish({ phase: 'closed' });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop().catch((error: unknown) => {
      this.#stopping = undefined;
      throw error;
    });
    return this.#stopping;
  }

  async #run(): Promise<void> {
    while (!isFinal(this.#state)) {
      try {
        const end = await this.#connect();
        if (this.#terminal !== undefined || end === 'nothing-more') this.#end(this.#terminal);
        else await this.#recover(new NetworkError('The connection ended before the passage did.'));
      } catch (error) {
        if (error !== again) await this.#recover(error as TextStreamError);
      }
    }
  }

  async #connect(): Promise<ConnectionEnd> {
    this.#enter({ phase: 'connecting', attempt: this.#failures + 1 });
    this.#browserHeard = false;
    const connection = (this.#connection = new AbortController());
    const watchdog = (this.#watchdog = new Watchdog(this.#idle, (silence) => connection.abort(new IdleError(silence))));
    try {
      return await (this.#settings.native && this.#browser === 'trusted'
        ? this.#connectNatively(connection.signal)
        : this.#connectByFetch(connection.signal));
    } finally {
      watchdog.stop();
      this.#watchdog = undefined;
      this.#connection = undefined;
    }
  }

  #connectNatively(signal: AbortSignal): Promise<ConnectionEnd> {
    const { EventSource, credentials } = this.#settings;
    return readOverEventSource(
      { ...this.#position(), signal, EventSource, withCredentials: credentials === 'include' },
      this.#listener,
    );
  }

  async #connectByFetch(signal: AbortSignal): Promise<ConnectionEnd> {
    const { fetch, credentials, limits, idempotencyKey } = this.#settings;
    const headers = await this.#headers(signal);
    const position = this.#position();
    const isPost = this.#settings.method === 'POST' && position.lastEventId === '';
    if (isPost) {
      headers.set('Content-Type', 'application/json');
      if (idempotencyKey !== undefined) headers.set('Idempotency-Key', idempotencyKey);
    }

    return readOverFetch(
      {
        ...position,
        method: isPost ? 'POST' : 'GET',
        headers,
        body: isPost ? this.#settings.body : undefined,
        credentials,
        maxEventCharacters: limits.event,
        signal,
        fetch,
      },
      this.#listener,
    );
  }

  #position(): { url: URL; lastEventId: string } {
    const lastEventId = this.#lastEventId;
    return { url: lastEventId === '' ? this.#routes.opened : this.#routes.events(this.#streamId), lastEventId };
  }

  async #headers(signal: AbortSignal): Promise<Headers> {
    try {
      // Renewing a token is a request of its own, and may hang as any other.
      return new Headers(await unlessAborted(this.#settings.headers?.(), signal));
    } catch (error) {
      throw reasonOf(error, signal, 'The headers for the request could not be made.');
    }
  }

  readonly #listener: ConnectionListener = {
    onOpen: () => {
      if (!isFinal(this.#state)) this.#enter({ phase: 'open' });
    },
    onBytes: () => this.#watchdog?.heard(),
    onHeartbeat: () => {
      this.#failures = 0;
      this.#watchdog?.heardHeartbeat();
    },
    onRetry: (milliseconds) => (this.#firstWait = milliseconds),
    onPosition: (id) => (this.#lastEventId = id),
    onFrame: (frame) => this.#take(frame),
    onLost: () =>
      this.#enter({
        phase: 'waiting',
        attempt: 1,
        retryAt: undefined,
        offline: isOffline(),
        error: new NetworkError('The connection broke.'),
      }),
    room: () => {
      const room = this.#queue.room();
      if (room === undefined) return undefined;
      const watchdog = this.#watchdog;
      // A reader who does not take what came is not a silent server.
      watchdog?.stop();
      return room.then(() => watchdog?.restart());
    },
  };

  /** False: the connection has done its work. */
  #take(frame: Frame): boolean {
    if (isFinal(this.#state)) return false;

    const event = readEvent(frame);
    if (event?.type === 'segment') this.#passage.append(event.text);
    this.#lastEventId = frame.id;
    this.#failures = 0;
    this.#browserHeard = true;
    if (event === undefined) return true;

    this.#queue.push(event);
    if (event.type === 'started' && event.streamId !== undefined) {
      this.#streamId = event.streamId;
      this.#onStreamId?.();
    }
    if (isTerminal(event)) {
      this.#terminal = event;
      return false;
    }
    if (this.#browser === 'ask first') {
      // The server answers again, so the browser may take over from here.
      this.#browser = 'trusted';
      throw again;
    }
    return true;
  }

  async #recover(error: TextStreamError): Promise<void> {
    if (isFinal(this.#state)) return;
    if (error instanceof GaveUp) {
      // Only fetch gets to hear what the server has against it. A browser that heard nothing would give up once more.
      this.#browser = this.#browserHeard ? 'ask first' : 'given up on';
      return;
    }

    const offline = isOffline();
    if (!offline) this.#failures++;
    // A generation that could not be named cannot be stopped but by leaving it: the server's grace ends it.
    if (this.#stopping !== undefined && this.#streamId === undefined) this.close();
    else if (this.#mayRetry(error)) await this.#wait(error, offline);
    else this.#fail(error);
  }

  #mayRetry(error: TextStreamError): boolean {
    const mayPass = error.kind === 'network' || error.kind === 'idle' || (error.kind === 'http' && error.isTransient);
    const { method, idempotencyKey, retry } = this.#settings;
    const mayRepeat = method === 'GET' || idempotencyKey !== undefined || this.#lastEventId !== '';
    return mayPass && mayRepeat && this.#failures < retry.attempts;
  }

  async #wait(error: TextStreamError, offline: boolean): Promise<void> {
    const { retry } = this.#settings;
    // The browser may be wrong about being offline, so that is a reason to ask seldom, not to wait for its word.
    const delay = offline ? Math.max(retry.max, this.#delay(error, 1)) : this.#delay(error, this.#failures);
    this.#enter({ phase: 'waiting', attempt: this.#failures, retryAt: Date.now() + delay, offline, error });

    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delay);
      this.#endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endWait = undefined;
  }

  #delay(error: TextStreamError, attempt: number): number {
    const { retry, random } = this.#settings;
    return error.kind === 'http' && error.retryAfter !== undefined
      ? afterRetryAfter(error.retryAfter, this.#firstWait, random)
      : backoff(attempt, this.#firstWait, retry, random);
  }

  async #stop(): Promise<void> {
    const streamId = await this.#streamIdToStop();
    for (let attempt = 1; streamId !== undefined && !isFinal(this.#state); attempt++) {
      try {
        await deleteStream(this.#routes.stream(streamId), this.#routes.token, this.#settings);
        // The end is an event of the stream: have it read now.
        this.retryNow();
        return;
      } catch (caught) {
        const error = caught as TextStreamError;
        const mayPass = error.kind === 'network' || (error.kind === 'http' && error.isTransient);
        if (!mayPass || attempt === stopAttempts) throw error;
        await new Promise((resolve) => setTimeout(resolve, this.#delay(error, attempt)));
      }
    }
  }

  /** `undefined`: there is nothing to stop any more. */
  async #streamIdToStop(): Promise<string | undefined> {
    if (this.#streamId !== undefined) return this.#streamId;
    if (this.#state.phase === 'waiting') this.close();
    if (!isFinal(this.#state)) await new Promise<void>((resolve) => (this.#onStreamId = resolve));
    return this.#streamId;
  }

  #onOnline(): void {
    const heardAt = this.#watchdog?.heardAt;
    const cutOff = heardAt !== undefined && this.#offlineSince !== undefined && heardAt <= this.#offlineSince;
    this.#offlineSince = undefined;
    // A connection that has said nothing since the network went away has most likely gone with it.
    if (cutOff) this.#connection?.abort(again);
    else this.#hurry();
  }

  #onVisible(): void {
    // The timers of hidden pages run late. A hidden page keeps its stream, so this is all that there is to do.
    this.#hurry();
    this.#watchdog?.check();
  }

  /** Ends a wait for the network, not one that the server asked for. */
  #hurry(): void {
    if (this.#state.phase === 'waiting' && this.#state.error.kind !== 'http') this.retryNow();
  }

  #obey(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const onAbort = () => this.#fail(new AbortedError('The stream was aborted.', { cause: signal.reason }));
    signal.addEventListener('abort', onAbort);
    this.#finally.push(() => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
  }

  #end(event: TerminalEvent | undefined): void {
    if (event?.type === 'failed') this.#fail(new FailedByServerError(event.problem));
    else this.#finish({ phase: 'ended', event });
  }

  #fail(error: TextStreamError): void {
    this.#finish({ phase: 'failed', error }, error);
  }

  #finish(state: TextStreamState, error?: TextStreamError): void {
    if (isFinal(this.#state)) return;
    this.#enter(state);
    this.#connection?.abort(again);
    this.#endWait?.();
    this.#onStreamId?.();
    this.#queue.end(error);
    for (const clean of this.#finally) clean();
  }

  #enter(state: TextStreamState): void {
    this.#state = state;
    // Not from here: a listener may call back into this stream, or throw.
    if (this.#onState !== undefined) queueMicrotask(() => this.#onState?.(state));
  }
}

/** The promise of someone else, given up when the signal says so. */
async function unlessAborted<T>(value: T | Promise<T>, signal: AbortSignal): Promise<T> {
  if (!(value instanceof Promise)) return value;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
