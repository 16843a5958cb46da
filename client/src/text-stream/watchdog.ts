/** A connection counts as dead after this many intervals of the learned heartbeat. */
const patience = 2.5;
/** The learned limit is at most this many times longer, or shorter, than the one of the options. */
const span = 8;

/**
 * How long a connection may be silent. A server sends its heartbeat only after an interval without other data, so the
 * silence before a comment is that interval, and the client needs no setting for it.
 */
export class IdleLimit {
  readonly #initial: number;
  #limit: number;
  #heartbeat: number | undefined;

  constructor(initial: number) {
    this.#initial = initial;
    this.#limit = initial;
  }

  get milliseconds(): number {
    return this.#limit;
  }

  heartbeatAfter(silence: number): void {
    // A comment directly after other data is not a heartbeat.
    if (silence < this.#initial / 100) return;

    // Rises at once and falls slowly: a limit that is too short would break a working connection.
    this.#heartbeat =
      this.#heartbeat === undefined || silence > this.#heartbeat ? silence : this.#heartbeat * 0.75 + silence * 0.25;
    this.#limit = Math.min(this.#initial * span, Math.max(this.#initial / span, this.#heartbeat * patience));
  }

  /** The heartbeat can be slower than the limit, which then must grow until one is heard. */
  expired(): void {
    this.#limit = Math.min(this.#initial * span, this.#limit * 2);
  }
}

/** Reports when one connection was silent for longer than the limit. */
export class Watchdog {
  readonly #limit: IdleLimit;
  readonly #onIdle: (silence: number) => void;
  #heardAt = Date.now();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(limit: IdleLimit, onIdle: (silence: number) => void) {
    this.#limit = limit;
    this.#onIdle = onIdle;
    this.#arm();
  }

  get heardAt(): number {
    return this.#heardAt;
  }

  /** Called for each read, so it only stores the time; the timer checks it when it is due. */
  heard(): void {
    this.#heardAt = Date.now();
  }

  heardHeartbeat(): void {
    this.#limit.heartbeatAfter(Date.now() - this.#heardAt);
    this.restart();
  }

  check(): void {
    const silence = Date.now() - this.#heardAt;
    if (silence < this.#limit.milliseconds) {
      this.#arm();
      return;
    }

    this.stop();
    this.#limit.expired();
    this.#onIdle(silence);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  restart(): void {
    this.heard();
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.check(), this.#heardAt + this.#limit.milliseconds - Date.now());
  }
}
