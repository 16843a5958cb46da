import { Connection, type ConnectionEnd, type ConnectionListener } from './connection.js';
import { AbortedError, FailedByServerError, NetworkError, type TextStreamError } from './errors.js';
import { EventQueue } from './event-queue.js';
import { isTerminal, readEvent, type Frame, type TerminalEvent, type TextStreamEvent } from './events.js';
import { isOffline, watchNetwork } from './network.js';
import { readOptions, type Settings, type TextStreamOptions } from './options.js';
import { Passage } from './passage.js';
import { ReconnectPolicy } from './reconnect-policy.js';
import { requestEvents } from './request.js';
import { Routes } from './routes.js';
import { isFinal, type TextStreamState } from './state.js';
import { Stopper } from './stopper.js';
import type { TextStream } from './text-stream.js';
import { Wait } from './wait.js';
import { IdleLimit } from './watchdog.js';

/** The reason of a connection that is closed on purpose, and not counted as a failure. */
const onPurpose = Symbol('on purpose');

export class ResumingTextStream implements TextStream {
  readonly #settings: Settings;
  readonly #routes: Routes;
  readonly #policy: ReconnectPolicy;
  readonly #stopper: Stopper;
  readonly #onState: ((state: TextStreamState) => void) | undefined;
  readonly #passage: Passage;
  readonly #idle: IdleLimit;
  readonly #queue = new EventQueue();
  readonly #retryWait = new Wait();
  readonly #streamIdWait = new Wait();
  readonly #cleanups: (() => void)[] = [];

  #state: TextStreamState = { phase: 'connecting', attempt: 1 };
  #streamId: string | undefined;
  #lastEventId: string;
  #terminal: TerminalEvent | undefined;
  #connection: Connection | undefined;
  #offlineSince: number | undefined;
  #stopping: Promise<void> | undefined;
  /** Settles when the next connection may be made. */
  #mayConnect: Promise<unknown> | undefined;
  #isRead = false;

  constructor(options: TextStreamOptions) {
    this.#settings = readOptions(options);
    this.#routes = new Routes(options.url);
    this.#policy = new ReconnectPolicy(this.#settings);
    this.#stopper = new Stopper(this.#settings, this.#routes, this.#policy);
    this.#onState = options.onState;
    this.#passage = new Passage(this.#settings.limits.passage);
    this.#idle = new IdleLimit(this.#settings.idle);
    this.#streamId = this.#routes.streamId;
    this.#lastEventId = options.lastEventId ?? '';

    this.#cleanups.push(
      watchNetwork({
        onOffline: () => (this.#offlineSince = Date.now()),
        onOnline: () => this.#onOnline(),
        onVisible: () => this.#onVisible(),
      }),
    );
    this.#watchSignal(options.signal);
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
    this.#retryWait.end();
  }

  pause(milliseconds: number): void {
    if (this.#state.phase !== 'open') return;
    this.#mayConnect = this.#retryWait.for(milliseconds);
    this.#connection?.abort(onPurpose);
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
    for (;;) {
      await this.#mayConnect;
      await this.#settings.beforeConnect?.();
      if (isFinal(this.#state)) return;
      try {
        const end = await this.#connect();
        if (this.#terminal !== undefined || end === 'nothing-more') this.#end(this.#terminal);
        else await this.#recover(new NetworkError('The connection ended before the passage did.', { endedByServer: true }));
      } catch (error) {
        if (error !== onPurpose) await this.#recover(error as TextStreamError);
      }
    }
  }

  async #connect(): Promise<ConnectionEnd> {
    this.#enter({ phase: 'connecting', attempt: this.#policy.failures + 1 });
    const position = { streamId: this.#streamId, lastEventId: this.#lastEventId };
    const connection = (this.#connection = new Connection(this.#idle, this.#listener));
    try {
      return await connection.read((signal) => requestEvents(this.#settings, this.#routes, position, signal), {
        lastEventId: position.lastEventId,
        maxEventCharacters: this.#settings.limits.event,
      });
    } finally {
      this.#connection = undefined;
    }
  }

  readonly #listener: ConnectionListener = {
    onOpen: () => {
      if (!isFinal(this.#state)) this.#enter({ phase: 'open' });
    },
    onHeartbeat: () => this.#policy.reset(),
    onRetry: (milliseconds) => (this.#policy.firstWait = milliseconds),
    onPosition: (id) => (this.#lastEventId = id),
    onFrame: (frame) => this.#take(frame),
    whenReaderIsReady: () => this.#queue.whenReaderIsReady(),
  };

  /** False: the connection has delivered its last event. */
  #take(frame: Frame): boolean {
    if (isFinal(this.#state)) return false;

    const event = readEvent(frame);
    if (event?.type === 'segment') this.#passage.append(event.text);
    this.#lastEventId = frame.id;
    this.#policy.reset();
    if (event === undefined) return true;

    this.#queue.push(event);
    if (event.type === 'started' && event.streamId !== undefined) {
      this.#streamId = event.streamId;
      this.#streamIdWait.end();
    }
    if (!isTerminal(event)) return true;
    this.#terminal = event;
    return false;
  }

  async #recover(error: TextStreamError): Promise<void> {
    if (isFinal(this.#state)) return;
    const offline = isOffline();
    if (!offline) this.#policy.countFailure();
    // A generation without a known id can't be stopped by request: without a viewer the server ends it after its grace.
    if (this.#stopping !== undefined && this.#streamId === undefined) this.close();
    else if (this.#policy.mayRetry(error, this.#lastEventId !== '')) await this.#wait(error, offline);
    else this.#fail(error);
  }

  async #wait(error: TextStreamError, offline: boolean): Promise<void> {
    const delay = this.#policy.delay(error, offline);
    this.#enter({ phase: 'waiting', attempt: this.#policy.failures, retryAt: Date.now() + delay, offline, error });
    await this.#retryWait.for(delay);
  }

  async #stop(): Promise<void> {
    const streamId = await this.#waitForStreamId();
    if (streamId === undefined || isFinal(this.#state)) return;

    this.#connection?.abort(onPurpose);
    const request = this.#stopper.stop(streamId);
    this.#mayConnect = request.catch(() => 'the caller of stop() gets this error');
    await request;
    // The end is an event of the stream: read it now.
    this.retryNow();
  }

  /** `undefined`: the stream is over, or did not start in time and was closed. */
  async #waitForStreamId(): Promise<string | undefined> {
    if (this.#streamId !== undefined || isFinal(this.#state)) return this.#streamId;
    if (this.#state.phase !== 'waiting') await this.#streamIdWait.for(this.#settings.stopTimeout);
    if (this.#streamId === undefined) this.close();
    return this.#streamId;
  }

  #onOnline(): void {
    const connection = this.#connection;
    const isCutOff = connection !== undefined && this.#offlineSince !== undefined && connection.heardAt <= this.#offlineSince;
    this.#offlineSince = undefined;
    // A connection without a byte since the network was lost is most likely broken.
    if (isCutOff) connection.abort(onPurpose);
    else this.#endNetworkWait();
  }

  #onVisible(): void {
    // The timers of hidden pages run late, so the wait may be over already.
    this.#endNetworkWait();
    this.#connection?.checkSilence();
  }

  /** Ends a wait for the network, but not one that the server asked for. */
  #endNetworkWait(): void {
    if (this.#state.phase === 'waiting' && this.#state.error.kind !== 'http') this.retryNow();
  }

  #watchSignal(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const onAbort = () => this.#fail(new AbortedError('The stream was aborted.', { cause: signal.reason }));
    signal.addEventListener('abort', onAbort);
    this.#cleanups.push(() => signal.removeEventListener('abort', onAbort));
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
    this.#connection?.abort(onPurpose);
    this.#retryWait.end();
    this.#streamIdWait.end();
    this.#queue.end(error);
    for (const clean of this.#cleanups) clean();
  }

  #enter(state: TextStreamState): void {
    this.#state = state;
    // In a microtask: a listener may call this stream, or throw.
    if (this.#onState !== undefined) queueMicrotask(() => this.#onState?.(state));
  }
}
