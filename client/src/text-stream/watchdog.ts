/** A learned heartbeat may be late by this much before the connection counts as dead. */
const patience = 2.5;
/** How far learning may move the limit from the one that was asked for, both ways. */
const span = 8;

/**
 * How long a connection may be silent. A server sends its heartbeat only after an interval with nothing else, so the
 * silence before a comment *is* the interval: no setting has to be kept equal on both sides.
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
    // A comment on the heels of something else is a remark, not a heartbeat.
    if (silence < this.#initial / 100) return;

    // Up at once, down slowly: one late heartbeat is a reason for patience, one early one is no reason for haste.
    this.#heartbeat =
      this.#heartbeat === undefined || silence > this.#heartbeat ? silence : this.#heartbeat * 0.75 + silence * 0.25;
    this.#limit = Math.min(this.#initial * span, Math.max(this.#initial / span, this.#heartbeat * patience));
  }

  /** The heartbeat may be slower than this limit lets us wait for; the next one that is heard sets it right again. */
  expired(): void {
    this.#limit = Math.min(this.#initial * span, this.#limit * 2);
  }
}

/** Watches one connection. */
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

  /** Called for every piece that arrives, so it only notes the time: one timer looks at it when it is due. */
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
