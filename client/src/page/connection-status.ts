import type { TextStream, TextStreamState } from '../text-stream';
import { ConnectionSlot, isUnlimited } from './connection-slots';
import type { Phase } from './status-line';

/** Milliseconds without an answer after which the page says why. */
const answerDelay = 4_000;
/** Milliseconds between two pauses of the last connection, in which other tabs can load. */
const pauseInterval = 4_000;
const pauseLength = 800;
/** Milliseconds after which the page shows that a server is being replaced. */
const replacementDelay = 2_000;

type Show = (phase: Phase, text: string, retryAt?: number) => void;

/** Describes the connection of a stream from its start to its end. */
export class ConnectionStatus {
  readonly #show: Show;
  readonly #slot = new ConnectionSlot();
  /** Why there is no connection. Shown until there is one, because a wait can be too short to read it. */
  #waitReason: string | undefined;
  /** When the server that is being replaced ended its response (`Date.now()`). */
  #replacedAt: number | undefined;
  #stopProblem: string | undefined;
  #isPaused = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(show: Show) {
    this.#show = (phase, text, retryAt) => show(phase, this.#stopProblem === undefined ? text : `${this.#stopProblem} ${text}`, retryAt);
  }

  /** A problem that is shown together with each state from now on. */
  set stopProblem(text: string) {
    this.#stopProblem = text;
  }

  /** Whether other tabs have all connections of the browser. */
  get isWaitingForTabs(): boolean {
    return this.#slot.isWaiting;
  }

  begin(): void {
    this.#waitReason = undefined;
    this.#replacedAt = undefined;
    this.#stopProblem = undefined;
    this.#show('connecting', 'Connecting…');
  }

  /** Resolves when the browser has a connection for this tab. */
  connectionIsFree(): Promise<void> {
    return this.#slot.acquire(() => this.#show('connecting', 'Too many tabs of this site are open for this browser. Close one, and this tab continues.'));
  }

  /** While a stop is requested, its own message stays. */
  update(stream: TextStream, state: TextStreamState, hasWords: boolean, isStopping: boolean): void {
    this.#clearTimer();
    if (isStopping) return;

    if (this.#isReplacement(state)) {
      this.#showReplacement();
      return;
    }
    switch (state.phase) {
      case 'connecting':
        if (this.#waitReason !== undefined) this.#show('reconnecting', this.#waitReason);
        else if (!this.#isPaused) this.#show('connecting', 'Connecting…');
        this.#timer = setTimeout(() => this.#explainDelay(), answerDelay);
        break;
      case 'open':
        this.#waitReason = undefined;
        this.#replacedAt = undefined;
        this.#isPaused = false;
        this.#timer = setTimeout(() => void this.#shareConnection(stream), pauseInterval);
        if (hasWords) this.#show('streaming', 'Streaming…');
        else this.#show('connecting', 'Waiting for the first word…');
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

  end(): void {
    this.#clearTimer();
    this.#isPaused = false;
    this.#slot.release();
  }

  /** Whether the stream waits for the successor of a server that was stopped. */
  #isReplacement(state: TextStreamState): boolean {
    if (state.phase === 'waiting') {
      if (state.offline) this.#replacedAt = undefined;
      else if (state.error.kind === 'network' && state.error.endedByServer) this.#replacedAt ??= Date.now();
    }
    return this.#replacedAt !== undefined && (state.phase === 'waiting' || state.phase === 'connecting');
  }

  /** A short replacement is not worth a message: the status before it stays. */
  #showReplacement(): void {
    const left = (this.#replacedAt ?? 0) + replacementDelay - Date.now();
    if (left > 0) this.#timer = setTimeout(() => this.#showReplacement(), left);
    else this.#show('reconnecting', 'The server is being replaced. The text will go on.');
  }

  #explainDelay(): void {
    const hint = isUnlimited() ? '' : ' If many tabs of this site are open, close one.';
    if (this.#waitReason === undefined) this.#show('connecting', `The server has not answered yet.${hint}`);
  }

  async #shareConnection(stream: TextStream): Promise<void> {
    const timer = this.#timer;
    const mustShare = await this.#slot.mustShare();
    if (timer !== this.#timer) return;
    this.#isPaused = mustShare;
    if (mustShare) stream.pause(pauseLength);
    else this.#timer = setTimeout(() => void this.#shareConnection(stream), pauseInterval);
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function describeWait({ error, offline }: Extract<TextStreamState, { phase: 'waiting' }>): string {
  if (offline) return 'You are offline. The page reconnects when the network is back.';
  if (error.kind === 'http' && (error.status === 429 || error.status === 503)) return 'The server is busy. Trying again.';
  if (error.kind === 'idle') return 'The server has gone silent. Reconnecting.';
  return 'Connection lost. Reconnecting.';
}
