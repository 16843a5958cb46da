import { newIdempotencyKey, openTextStream, type TextStream, type TextStreamError, type TextStreamEvent, type TextStreamOptions } from '../text-stream';
import type { StartRequest } from './api';
import { ArrivalStats } from './arrival-stats';
import { notify } from './clipboard';
import { ConnectionStatus } from './connection-status';
import type { Conversation } from './conversation';
import { byId } from './dom';
import { replaceAddress } from './location';
import type { PassagePane } from './passage-pane';
import { StatsPane } from './stats-pane';
import { StreamButtons } from './stream-buttons';
import { StatusLine, type Phase } from './status-line';
import { deleteRequest, readRequest, storePosition, storeRequest, type Turn } from './storage';
import { StreamRequests, type ConnectionChoice } from './stream-requests';

/** Milliseconds between two updates of the statistics. */
const tick = 250;
/** Milliseconds after a stop within which the last words have to arrive. */
const lastWordsTimeout = 10_000;

type StreamEnd = typeof import('./stream-end');

/** The one stream of the page: starts it, shows it, and offers what the reader can do with it. */
export class StreamPage {
  readonly #pane: PassagePane;
  readonly #requests: StreamRequests;
  readonly #takesMessages: (source: string | undefined) => boolean;
  readonly #status = new StatusLine();
  readonly #stats = new StatsPane();
  readonly #buttons = new StreamButtons();
  readonly #connection = new ConnectionStatus((phase, text, retryAt) => this.#show(phase, text, retryAt));
  #stream: TextStream | undefined;
  #streamId: string | undefined;
  #lastEventId = '';
  #request: StartRequest | undefined;
  #key: string | undefined;
  #earlier: readonly Turn[] = [];
  #isJoined = false;
  #conversation: Promise<Conversation> | undefined;
  #arrivalStats: ArrivalStats | undefined;
  #ticking: ReturnType<typeof setInterval> | undefined;

  constructor(pane: PassagePane, choice: () => ConnectionChoice, takesMessages: (source: string | undefined) => boolean) {
    this.#pane = pane;
    this.#requests = new StreamRequests(choice);
    this.#takesMessages = takesMessages;
    // Loaded early, because the network may be gone when the stream ends. An error shows when it is loaded again.
    loadStreamEnd().catch(() => undefined);
    addEventListener('pagehide', () => {
      if (this.#streamId !== undefined) storePosition({ streamId: this.#streamId, lastEventId: this.#lastEventId });
    });
  }

  /** The streams of the conversation, oldest first. */
  get streamIds(): string[] {
    return [...this.#earlier.map(({ streamId }) => streamId), ...(this.#streamId === undefined ? [] : [this.#streamId])];
  }

  start(request: StartRequest, key = newIdempotencyKey(), earlier: readonly Turn[] = []): void {
    this.#empty();
    this.#request = request;
    this.#key = key;
    this.#earlier = earlier;
    replaceAddress(this.streamIds);
    this.updateConversation();
    const options = this.#requests.start(request, key);
    // A GET has no key by which the stream could be found after a reload.
    if (options.method === 'POST') storeRequest({ request, key, earlier });
    this.#open(options);
  }

  /** Reads streams that were started before: by this tab before it was reloaded, or by another reader. */
  join(streamIds: readonly string[]): void {
    const streamId = streamIds.at(-1);
    if (streamId === undefined) return;
    this.#empty();
    this.#streamId = streamId;
    const stored = readRequest();
    const isOwn = stored?.streamId === streamId;
    if (isOwn) this.#request = stored.request;
    this.#earlier = streamIds.slice(0, -1).map((id, i) => ({ streamId: id, prompt: isOwn ? (stored.earlier?.[i]?.prompt ?? '') : '' }));
    this.updateConversation();
    this.#isJoined = true;
    this.#open(this.#requests.read(streamId, ''));
  }

  /** After a reload before the id of the stream was known: the idempotency key of the request finds it again. */
  resume(streamIds: readonly string[]): boolean {
    const stored = readRequest();
    const earlier = stored?.earlier ?? [];
    if (stored?.key === undefined || earlier.map(({ streamId }) => streamId).join() !== streamIds.join()) return false;
    this.start(stored.request, stored.key, earlier);
    return true;
  }

  regenerate(): void {
    if (this.#request !== undefined) this.start(this.#request, undefined, this.#earlier);
  }

  continue(): void {
    if (this.#streamId !== undefined) this.#open(this.#requests.read(this.#streamId, this.#lastEventId));
    // The server may have started the stream: the same key prevents a second one.
    else if (this.#request !== undefined) this.start(this.#request, this.#key, this.#earlier);
  }

  /** Shows the earlier turns, and the form for a further prompt if there can be one. */
  updateConversation(): void {
    const takesMessages = this.#takesMessages(this.#request?.source);
    if (!takesMessages && this.#earlier.length === 0 && this.#conversation === undefined) return;
    this.#loadConversation()
      .then((conversation) => {
        const { phase, isBusy } = this.#status;
        return conversation.update({ request: this.#request, streamId: this.#streamId, earlier: this.#earlier, text: this.#pane.text, phase, isBusy, takesMessages });
      })
      .catch(() => notify('The conversation could not be loaded.'));
  }

  retryNow(): void {
    this.#stream?.retryNow();
  }

  async stop(): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined || this.#isStopping()) return;
    // Nothing was requested yet.
    if (this.#connection.isWaitingForTabs) {
      stream.close();
      return;
    }
    this.#show('stopping', 'Stopping…');
    try {
      await stream.stop();
      // Stopped: only the last words are still to be read.
      setTimeout(() => stream.close(), lastWordsTimeout);
    } catch (error) {
      const { describeFailedStop } = await loadStreamEnd();
      if (stream !== this.#stream) return;
      this.#connection.stopProblem = describeFailedStop(error as TextStreamError);
      this.#connection.update(stream, stream.state, this.#hasWords(), false);
    }
  }

  reset(): void {
    this.#empty();
    this.#request = undefined;
    this.#earlier = [];
    deleteRequest();
    replaceAddress([]);
    this.updateConversation();
    this.#show('idle', 'Ready.');
  }

  #open(options: TextStreamOptions): void {
    byId('problem').hidden = true;
    if (this.#arrivalStats === undefined) this.#arrivalStats = new ArrivalStats(performance.now());
    else this.#arrivalStats.resume();
    this.#pane.begin();
    this.#connection.begin();
    const stream: TextStream = openTextStream({
      ...options,
      beforeConnect: () => this.#connection.connectionIsFree(),
      onState: (state) => {
        if (stream === this.#stream) this.#connection.update(stream, state, this.#hasWords(), this.#isStopping());
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
      replaceAddress(this.streamIds);
      if (this.#isJoined) this.#showUnwatched(event.streamId);
      if (this.#request !== undefined) storeRequest({ request: this.#request, streamId: event.streamId, earlier: this.#earlier });
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
    else if (error === undefined) {
      const { phase, text, usage } = end.describeEnd(stream.state, { wasStoppedHere: this.#isStopping(), hasText: this.#pane.text.trim() !== '' });
      this.#show(phase, text);
      this.#stats.showUsage(usage);
    } else {
      this.#show('failed', 'Not complete.');
      end.showProblem(error, this.#streamId, this.#request !== undefined);
    }
    this.#tick();
    this.updateConversation();
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

  #loadConversation(): Promise<Conversation> {
    this.#conversation ??= import('./conversation')
      .then(({ Conversation }) => new Conversation(this.#requests, (request, earlier) => this.start(request, undefined, earlier)))
      .catch((error: unknown) => {
        this.#conversation = undefined;
        throw error;
      });
    return this.#conversation;
  }

  #showUnwatched(streamId: string): void {
    // The reader knows of a stream that stops without a viewer.
    if (this.#request !== undefined && this.#request.onDisconnect !== 'continue') return;
    Promise.all([import('./unwatched'), this.#requests.readState(streamId)])
      .then(([{ showUnwatched }, response]) => showUnwatched(streamId, response))
      .catch(() => notify('The state of the stream could not be loaded.'));
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
    this.#isJoined = false;
    this.#lastEventId = '';
    this.#arrivalStats = undefined;
    this.#pane.clear();
    byId('unwatched').hidden = true;
    byId('problem').hidden = true;
    this.#stats.show(undefined, 0);
  }
}

function loadStreamEnd(): Promise<StreamEnd> {
  return import('./stream-end');
}
