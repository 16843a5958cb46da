import { newIdempotencyKey, openTextStream, type TextStream, type TextStreamError, type TextStreamEvent, type TextStreamOptions, type TextStreamState } from '../text-stream';
import { authorization, startUrl, streamUrl, type StartRequest } from './api';
import { ArrivalStats } from './arrival-stats';
import { byId } from './dom';
import { describeEnd, describeUsage } from './end-messages';
import { errorMessage } from './error-messages';
import { grantFor, replaceAddress } from './location';
import type { PassagePane } from './passage-pane';
import { ProblemNotice } from './problem-notice';
import { StatsPane } from './stats-pane';
import { StatusLine, type Phase } from './status-line';
import { deleteRequest, readRequest, storeRequest } from './storage';

/** Milliseconds between two updates of the statistics. */
const tick = 250;

/** The reader's choices for connections. */
export interface ConnectionChoice {
  readonly method: 'post' | 'get';
  readonly token: string;
}

/** The one stream of the page: starts it, shows it, and offers what the reader can do with it. */
export class StreamPage {
  readonly #pane: PassagePane;
  readonly #choice: () => ConnectionChoice;
  readonly #status = new StatusLine();
  readonly #stats = new StatsPane();
  readonly #problem = new ProblemNotice();
  readonly #buttons = {
    generate: byId<HTMLButtonElement>('generate'),
    stop: byId<HTMLButtonElement>('stop'),
    regenerate: byId<HTMLButtonElement>('regenerate'),
    copy: byId<HTMLButtonElement>('copy'),
    link: byId<HTMLButtonElement>('link'),
    reset: byId<HTMLButtonElement>('reset'),
  };
  #stream: TextStream | undefined;
  #streamId: string | undefined;
  #lastEventId = '';
  #request: StartRequest | undefined;
  #key: string | undefined;
  #arrivalStats: ArrivalStats | undefined;
  #ticking: ReturnType<typeof setInterval> | undefined;
  /** Why there is no connection. Shown until there is one, because a wait can be too short to read it. */
  #waitReason: string | undefined;

  constructor(pane: PassagePane, choice: () => ConnectionChoice) {
    this.#pane = pane;
    this.#choice = choice;
  }

  get streamId(): string | undefined {
    return this.#streamId;
  }

  start(request: StartRequest, key = newIdempotencyKey()): void {
    this.#empty();
    this.#request = request;
    this.#key = key;
    replaceAddress(undefined);
    this.#open(this.#toStart(request, key));
  }

  /** Reads a stream that was started before: by this tab before it was reloaded, or by another reader. */
  join(streamId: string): void {
    this.#empty();
    this.#streamId = streamId;
    const stored = readRequest();
    if (stored?.streamId === streamId) this.#request = stored.request;
    this.#open(this.#toRead(streamId));
  }

  /** After a reload before the id of the stream was known: the idempotency key of the request finds it again. */
  resume(): void {
    const stored = readRequest();
    if (stored?.key !== undefined) this.start(stored.request, stored.key);
  }

  regenerate(): void {
    if (this.#request !== undefined) this.start(this.#request);
  }

  continue(): void {
    if (this.#streamId !== undefined) this.#open(this.#toRead(this.#streamId));
    // The server may have started the stream: the same key prevents a second one.
    else if (this.#request !== undefined) this.start(this.#request, this.#key);
  }

  retryNow(): void {
    this.#stream?.retryNow();
  }

  async stop(): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined || this.#isStopping()) return;
    this.#show('stopping', 'Stopping…');
    try {
      await stream.stop();
    } catch (error) {
      if (stream !== this.#stream || !this.#isStopping()) return;
      const { headline } = errorMessage(error as TextStreamError);
      this.#show('streaming', `It could not be stopped: ${headline} Try again.`);
    }
  }

  reset(): void {
    this.#empty();
    this.#request = undefined;
    deleteRequest();
    replaceAddress(undefined);
    this.#show('idle', 'Ready.');
  }

  #toStart(request: StartRequest, idempotencyKey: string): TextStreamOptions {
    if (this.#choice().method === 'get') return { url: startUrl(request), ...this.#headers() };
    storeRequest({ request, key: idempotencyKey });
    return { url: startUrl(), method: 'POST', body: request, idempotencyKey, ...this.#headers() };
  }

  #toRead(streamId: string): TextStreamOptions {
    return { url: streamUrl(streamId, 'events', grantFor(streamId)), lastEventId: this.#lastEventId, ...this.#headers() };
  }

  #headers(): Partial<TextStreamOptions> {
    // The token is read for each connection, because the reader can replace it meanwhile.
    return this.#choice().token === '' ? {} : { headers: () => authorization(this.#choice().token) };
  }

  #open(options: TextStreamOptions): void {
    this.#problem.hide();
    if (this.#arrivalStats === undefined) this.#arrivalStats = new ArrivalStats(performance.now());
    else this.#arrivalStats.resume();
    this.#waitReason = undefined;
    this.#pane.begin();
    this.#show('connecting', 'Connecting…');
    const stream: TextStream = openTextStream({
      ...options,
      onState: (state) => {
        if (stream === this.#stream) this.#showState(state);
      },
    });
    this.#stream = stream;
    void this.#read(stream);
    this.#ticking ??= setInterval(() => this.#tick(), tick);
  }

  async #read(stream: TextStream): Promise<void> {
    try {
      for await (const event of stream) {
        if (stream !== this.#stream) return;
        this.#take(event);
      }
      await this.#finish(stream);
    } catch (error) {
      await this.#finish(stream, error as TextStreamError);
    }
  }

  #take(event: TextStreamEvent): void {
    this.#lastEventId = event.id;
    if (event.type === 'segment') {
      this.#arrivalStats?.add(event.text, performance.now());
      this.#pane.add(event.text);
      if (this.#status.phase === 'connecting') this.#show('streaming', 'Streaming…');
    } else if (event.type === 'started' && event.streamId !== undefined) {
      this.#streamId = event.streamId;
      replaceAddress(event.streamId);
      if (this.#request !== undefined) storeRequest({ request: this.#request, streamId: event.streamId });
      this.#showButtons();
    }
  }

  async #finish(stream: TextStream, error?: TextStreamError): Promise<void> {
    if (stream !== this.#stream) return;
    this.#arrivalStats?.end(performance.now());
    await this.#pane.finish();
    // The reader may have started another stream while the last words were written.
    if (stream !== this.#stream) return;

    this.#stream = undefined;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    if (this.#streamId === undefined) deleteRequest();
    if (error === undefined) this.#showEnd(stream.state);
    else {
      this.#show('failed', 'Not complete.');
      this.#problem.show(error, this.#streamId, this.#request !== undefined);
    }
    this.#tick();
  }

  #showState(state: TextStreamState): void {
    if (this.#isStopping()) return;
    switch (state.phase) {
      case 'connecting':
        if (this.#waitReason === undefined) this.#show('connecting', 'Connecting…');
        else this.#show('reconnecting', this.#waitReason);
        break;
      case 'open':
        this.#waitReason = undefined;
        if (this.#arrivalStats?.words === 0) this.#show('connecting', 'Waiting for the first word…');
        else this.#show('streaming', 'Streaming…');
        break;
      case 'waiting':
        this.#waitReason = describeWait(state);
        this.#show('reconnecting', this.#waitReason, state.retryAt);
        break;
      default:
        // The end is shown after the last word.
        break;
    }
  }

  #showEnd(state: TextStreamState): void {
    const event = state.phase === 'ended' ? state.event : undefined;
    if (state.phase === 'closed') {
      this.#show('stopped', 'Stopped before it began.');
    } else if (event?.type === 'stopped') {
      this.#show('stopped', describeEnd('stopped', event.reason));
    } else {
      this.#show('completed', describeEnd('completed', event?.finishReason));
    }
    if (event !== undefined) this.#stats.showUsage(describeUsage(event.details));
  }

  #show(phase: Phase, text: string, retryAt?: number): void {
    const focused = document.activeElement;
    this.#status.show(phase, text, retryAt);
    this.#showButtons();
    // A button that is no longer usable passes the focus to the one that is.
    if (focused instanceof HTMLButtonElement && (focused.disabled || !focused.checkVisibility())) {
      (this.#status.isBusy ? this.#buttons.stop : this.#buttons.generate).focus({ preventScroll: true });
    }
  }

  #showButtons(): void {
    const busy = this.#status.isBusy;
    const { generate, stop, regenerate, link, reset } = this.#buttons;
    generate.disabled = busy;
    stop.disabled = !busy;
    stop.setAttribute('aria-disabled', String(this.#isStopping()));
    regenerate.disabled = busy || this.#request === undefined;
    link.disabled = this.#streamId === undefined;
    reset.disabled = this.#status.phase === 'idle';
    this.#showCopy();
  }

  #showCopy(): void {
    this.#buttons.copy.disabled = (this.#arrivalStats?.segments ?? 0) === 0;
  }

  #isStopping(): boolean {
    return this.#status.phase === 'stopping';
  }

  #tick(): void {
    this.#stats.show(this.#arrivalStats, performance.now());
    this.#status.tick();
    this.#showCopy();
  }

  #empty(): void {
    this.#stream?.close();
    this.#stream = undefined;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    this.#streamId = undefined;
    this.#lastEventId = '';
    this.#arrivalStats = undefined;
    this.#pane.clear();
    this.#problem.hide();
    this.#stats.show(undefined, 0);
  }
}

function describeWait({ error, offline }: Extract<TextStreamState, { phase: 'waiting' }>): string {
  if (offline) return 'You are offline. The page reconnects when the network is back.';
  if (error.kind === 'http' && (error.status === 429 || error.status === 503)) return 'The server is busy. Trying again.';
  if (error.kind === 'idle') return 'The server has gone silent. Reconnecting.';
  return 'Connection lost. Reconnecting.';
}
