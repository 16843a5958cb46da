import { newIdempotencyKey, openTextStream, type TextStream, type TextStreamError, type TextStreamEvent, type TextStreamOptions, type TextStreamState } from '../text-stream';
import { adviceFor, describeEnd, describeUsage } from './advice';
import { authorization, startUrl, streamUrl, type Secrets, type StartRequest } from './api';
import { ArrivalStats } from './arrival-stats';
import { byId, create } from './dom';
import type { PassagePane } from './passage-pane';
import { forgetRequest, goTo, grantFor, recallRequest, rememberRequest } from './place';
import { StatsPane } from './stats-pane';
import { StatusLine, type Phase } from './status-line';

/** Milliseconds between two looks at the numbers. */
const tick = 250;

/** How the reader wants to be connected. */
export interface ConnectionChoice {
  readonly transport: 'post' | 'get' | 'eventsource';
  readonly token: string;
}

/** One stream at a time on the page: starts it, shows it, and says what can be done about it. */
export class StreamPage {
  readonly #pane: PassagePane;
  readonly #choice: () => ConnectionChoice;
  readonly #status = new StatusLine();
  readonly #stats = new StatsPane();
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
  /** Why there is no connection, for as long as there is none: a wait may be too short to read it. */
  #waitedFor: string | undefined;

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
    goTo(undefined);
    this.#open(this.#toStart(request, key));
  }

  /** Reads a stream that somebody started: this tab before it was reloaded, or another reader. */
  join(streamId: string): void {
    this.#empty();
    this.#streamId = streamId;
    const asked = recallRequest();
    if (asked?.streamId === streamId) this.#request = asked.request;
    this.#open(this.#toRead(streamId));
  }

  /** After a reload that came before the stream had told its name: the key of the request leads back to it. */
  resume(): void {
    const asked = recallRequest();
    if (asked?.key !== undefined) this.start(asked.request, asked.key);
  }

  regenerate(): void {
    if (this.#request !== undefined) this.start(this.#request);
  }

  continue(): void {
    if (this.#streamId !== undefined) this.#open(this.#toRead(this.#streamId));
    // Whether anything was started is not known. With the same key it is not started twice.
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
      const { headline } = adviceFor(error as TextStreamError);
      this.#show('streaming', `It could not be stopped: ${headline} Try again.`);
    }
  }

  reset(): void {
    this.#empty();
    this.#request = undefined;
    forgetRequest();
    goTo(undefined);
    this.#show('idle', 'Ready.');
  }

  #toStart(request: StartRequest, idempotencyKey: string): TextStreamOptions {
    if (this.#choice().transport !== 'post') return { url: startUrl(request, this.#secrets()), ...this.#how() };
    rememberRequest({ request, key: idempotencyKey });
    return { url: startUrl(), method: 'POST', body: request, idempotencyKey, ...this.#how() };
  }

  #toRead(streamId: string): TextStreamOptions {
    return { url: streamUrl(streamId, 'events', this.#secrets(streamId)), lastEventId: this.#lastEventId, ...this.#how() };
  }

  #how(): Partial<TextStreamOptions> {
    const { transport, token } = this.#choice();
    if (transport === 'eventsource') return { transport };
    // Read again for each connection: a token may have been replaced meanwhile.
    return token === '' ? {} : { headers: () => authorization(this.#choice().token) };
  }

  /** An EventSource can't set a header: its token stands in the address. */
  #secrets(streamId?: string): Secrets {
    const { transport, token } = this.#choice();
    return { grant: grantFor(streamId), access_token: transport === 'eventsource' && token !== '' ? token : undefined };
  }

  #open(options: TextStreamOptions): void {
    byId('problem').hidden = true;
    if (this.#arrivalStats === undefined) this.#arrivalStats = new ArrivalStats(performance.now());
    else this.#arrivalStats.resume();
    this.#waitedFor = undefined;
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
      goTo(event.streamId);
      if (this.#request !== undefined) rememberRequest({ request: this.#request, streamId: event.streamId });
      this.#showButtons();
    }
  }

  async #finish(stream: TextStream, error?: TextStreamError): Promise<void> {
    if (stream !== this.#stream) return;
    this.#arrivalStats?.end(performance.now());
    await this.#pane.finish();
    // The reader may have gone on to something else while the last words were written.
    if (stream !== this.#stream) return;

    this.#stream = undefined;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    if (this.#streamId === undefined) forgetRequest();
    if (error === undefined) this.#showEnd(stream.state);
    else this.#showProblem(error);
    this.#tick();
  }

  #showState(state: TextStreamState): void {
    if (this.#isStopping()) return;
    switch (state.phase) {
      case 'connecting':
        if (this.#waitedFor === undefined) this.#show('connecting', 'Connecting…');
        else this.#show('reconnecting', this.#waitedFor);
        break;
      case 'open':
        this.#waitedFor = undefined;
        if (this.#arrivalStats?.words === 0) this.#show('connecting', 'Waiting for the first word…');
        else this.#show('streaming', 'Streaming…');
        break;
      case 'waiting':
        this.#waitedFor = describeWait(state);
        this.#show('reconnecting', this.#waitedFor, state.retryAt);
        break;
      default:
        // The end is shown once its last word is.
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

  #showProblem(error: TextStreamError): void {
    const { headline, next, details, canContinue } = adviceFor(error);
    const problem = byId('problem');
    byId('problem-headline').textContent = headline;
    byId('problem-next').textContent = next;
    byId('problem-details').replaceChildren(...details.map((detail) => create('li', { textContent: detail })));
    byId('continue').hidden = !canContinue;
    byId('again').hidden = error.kind !== 'failed' || this.#request === undefined;
    const asText = byId<HTMLAnchorElement>('as-text');
    asText.hidden = error.kind !== 'too-large' || this.#streamId === undefined;
    if (this.#streamId !== undefined) asText.href = streamUrl(this.#streamId, 'text', { grant: grantFor(this.#streamId) });
    problem.hidden = false;
    // Why, the problem itself says, also to those who listen.
    this.#show('failed', 'Not complete.');
    problem.scrollIntoView({ block: 'nearest' });
  }

  #show(phase: Phase, text: string, retryAt?: number): void {
    const focused = document.activeElement;
    this.#status.show(phase, text, retryAt);
    this.#showButtons();
    // A button that is of no more use leaves the keyboard on the one that is.
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
    byId('problem').hidden = true;
    this.#stats.show(undefined, 0);
  }
}

function describeWait({ error, offline, retryAt }: Extract<TextStreamState, { phase: 'waiting' }>): string {
  if (offline) return 'You are offline. It goes on when the network is back.';
  if (retryAt === undefined) return 'Connection lost. The browser is reconnecting…';
  if (error.kind === 'http' && (error.status === 429 || error.status === 503)) return 'The server is busy. Trying again.';
  if (error.kind === 'idle') return 'The server has gone silent. Reconnecting.';
  return 'Connection lost. Reconnecting.';
}
