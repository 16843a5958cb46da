import type { TextStreamState } from '../text-stream';
import { ConnectionLock, describeMissingAnswer } from './open-connections';
import type { Phase } from './status-line';

/** Milliseconds without an answer after which the page says why. */
const answerDelay = 4_000;

type Show = (phase: Phase, text: string, retryAt?: number) => void;

/** Describes the connection of a stream from its start to its end. */
export class ConnectionStatus {
  readonly #show: Show;
  readonly #lock = new ConnectionLock();
  /** Why there is no connection. Shown until there is one, because a wait can be too short to read it. */
  #waitReason: string | undefined;
  #stopProblem: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(show: Show) {
    this.#show = (phase, text, retryAt) => show(phase, this.#stopProblem === undefined ? text : `${this.#stopProblem} ${text}`, retryAt);
  }

  begin(): void {
    this.#waitReason = undefined;
    this.#stopProblem = undefined;
    this.#show('connecting', 'Connecting…');
  }

  /** While a stop is requested, its own message stays. */
  update(state: TextStreamState, hasWords: boolean, isStopping: boolean): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (state.phase === 'open') this.#lock.hold();
    else this.#lock.release();
    if (isStopping) return;

    switch (state.phase) {
      case 'connecting':
        if (this.#waitReason === undefined) this.#show('connecting', 'Connecting…');
        else this.#show('reconnecting', this.#waitReason);
        this.#timer = setTimeout(() => void this.#explainDelay(), answerDelay);
        break;
      case 'open':
        this.#waitReason = undefined;
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

  /** A problem that is shown together with each state from now on. */
  set stopProblem(text: string) {
    this.#stopProblem = text;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lock.release();
  }

  async #explainDelay(): Promise<void> {
    const timer = this.#timer;
    const text = await describeMissingAnswer();
    // The server may have answered meanwhile.
    if (timer === this.#timer) this.#show(this.#waitReason === undefined ? 'connecting' : 'reconnecting', text);
  }
}

function describeWait({ error, offline }: Extract<TextStreamState, { phase: 'waiting' }>): string {
  if (offline) return 'You are offline. The page reconnects when the network is back.';
  if (error.kind === 'http' && (error.status === 429 || error.status === 503)) return 'The server is busy. Trying again.';
  if (error.kind === 'idle') return 'The server has gone silent. Reconnecting.';
  return 'Connection lost. Reconnecting.';
}
