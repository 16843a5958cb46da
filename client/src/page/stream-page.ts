import { newIdempotencyKey, openTextStream, type TextStream, type TextStreamError, type TextStreamEvent, type TextStreamOptions, type TextStreamState } from '../text-stream';
import { authorization, startUrl, streamUrl, type StartRequest } from './api';
import { ArrivalStats } from './arrival-stats';
import { ConnectionStatus } from './connection-status';
import { byId } from './dom';
import { grantFor, replaceAddress } from './location';
import type { PassagePane } from './passage-pane';
import { StatsPane } from './stats-pane';
import { StreamButtons } from './stream-buttons';
import { StatusLine, type Phase } from './status-line';
import { deleteRequest, readRequest, storeRequest } from './storage';

/** Milliseconds between two updates of the statistics. */
const tick = 250;
/** Servers and proxies refuse a longer request line, some of them from 8 kB on. */
const maxUrlLength = 4_000;
/** Milliseconds after a stop within which the last words have to arrive. */
const lastWordsTimeout = 10_000;

type StreamEnd = typeof import('./stream-end');

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
  readonly #buttons = new StreamButtons();
  readonly #connection = new ConnectionStatus((phase, text, retryAt) => this.#show(phase, text, retryAt));
  #stream: TextStream | undefined;
  #streamId: string | undefined;
  #lastEventId = '';
  #request: StartRequest | undefined;
  #key: string | undefined;
  #arrivalStats: ArrivalStats | undefined;
  #ticking: ReturnType<typeof setInterval> | undefined;

  constructor(pane: PassagePane, choice: () => ConnectionChoice) {
    this.#pane = pane;
    this.#choice = choice;
    // Loaded early, because the network may be gone when the stream ends. An error shows when it is loaded again.
    loadStreamEnd().catch(() => undefined);
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
      // Stopped: only the last words are still to be read.
      setTimeout(() => stream.close(), lastWordsTimeout);
    } catch (error) {
      const { describeFailedStop } = await loadStreamEnd();
      if (stream !== this.#stream) return;
      this.#connection.stopProblem = describeFailedStop(error as TextStreamError);
      this.#connection.update(stream.state, this.#hasWords(), false);
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
    if (this.#choice().method === 'get') {
      const url = startUrl(request);
      if (url.length <= maxUrlLength) return { url, ...this.#headers() };
    }
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
    byId('problem').hidden = true;
    if (this.#arrivalStats === undefined) this.#arrivalStats = new ArrivalStats(performance.now());
    else this.#arrivalStats.resume();
    this.#pane.begin();
    this.#connection.begin();
    const stream: TextStream = openTextStream({
      ...options,
      onState: (state) => {
        if (stream === this.#stream) this.#connection.update(state, this.#hasWords(), this.#isStopping());
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
    const [end] = await Promise.all([loadStreamEnd().catch(() => undefined), this.#pane.finish()]);
    // The reader may have started another stream while the last words were written.
    if (stream !== this.#stream) return;

    this.#release();
    if (this.#streamId === undefined) deleteRequest();
    if (end === undefined) this.#show('failed', 'The page was not loaded completely. Reload it.');
    else if (error === undefined) this.#showEnd(stream.state, end);
    else {
      this.#show('failed', 'Not complete.');
      end.showProblem(error, this.#streamId, this.#request !== undefined);
    }
    this.#tick();
  }

  #showEnd(state: TextStreamState, { describeEnd, describeUsage }: StreamEnd): void {
    const event = state.phase === 'ended' ? state.event : undefined;
    if (state.phase === 'closed') {
      this.#show('stopped', this.#streamId === undefined ? 'Stopped before the server answered.' : 'Stopped. The last words could not be read: reload the page to see them.');
    } else if (event?.type === 'stopped') {
      // This page stopped it, even if the server saw the viewer leave first.
      this.#show('stopped', describeEnd('stopped', this.#isStopping() ? 'requested' : event.reason, true));
    } else {
      this.#show('completed', describeEnd('completed', event?.finishReason, this.#pane.text.trim() !== ''));
    }
    if (event !== undefined) this.#stats.showUsage(describeUsage(event.details));
  }

  #show(phase: Phase, text: string, retryAt?: number): void {
    const focused = document.activeElement;
    this.#status.show(phase, text, retryAt);
    this.#showButtons(focused);
  }

  #showButtons(focused = document.activeElement): void {
    this.#buttons.show(
      {
        isBusy: this.#status.isBusy,
        isStopping: this.#isStopping(),
        isEmpty: this.#status.phase === 'idle',
        hasText: (this.#arrivalStats?.segments ?? 0) > 0,
        hasStream: this.#streamId !== undefined,
        hasRequest: this.#request !== undefined,
      },
      focused,
    );
  }

  #hasWords(): boolean {
    return (this.#arrivalStats?.words ?? 0) > 0;
  }

  #isStopping(): boolean {
    return this.#status.phase === 'stopping';
  }

  #tick(): void {
    this.#stats.show(this.#arrivalStats, performance.now());
    this.#status.tick();
    this.#showButtons();
  }

  #release(): void {
    this.#stream = undefined;
    this.#connection.end();
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }

  #empty(): void {
    this.#stream?.close();
    this.#release();
    this.#streamId = undefined;
    this.#lastEventId = '';
    this.#arrivalStats = undefined;
    this.#pane.clear();
    byId('problem').hidden = true;
    this.#stats.show(undefined, 0);
  }
}

function loadStreamEnd(): Promise<StreamEnd> {
  return import('./stream-end');
}
