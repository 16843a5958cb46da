/** A browser opens at most six HTTP/1.1 connections to a site, for all of its tabs together. */
const slotCount = 6;
/** Milliseconds between two attempts to get a slot. */
const pollInterval = 1_000;

/** The share of this tab in the browser's connections. Tabs know of each other by locks, one for each connection. */
export class ConnectionSlot {
  #slot: number | undefined;
  #release: (() => void) | undefined;
  #isWanted = false;

  get isWaiting(): boolean {
    return this.#isWanted && this.#slot === undefined;
  }

  /** Resolves when this tab may connect, or gives up after `release`. */
  async acquire(onWait: () => void): Promise<void> {
    if (isUnlimited() || locks() === undefined) return;
    this.#isWanted = true;
    while (this.isWaiting && !(await this.#tryAcquire(slotCount))) {
      onWait();
      await new Promise((resolve) => setTimeout(resolve, pollInterval));
    }
  }

  release(): void {
    this.#isWanted = false;
    this.#slot = undefined;
    this.#release?.();
    this.#release = undefined;
  }

  /** The tab with the last connection has to share it, or no further tab of the site could load. */
  async mustShare(): Promise<boolean> {
    return this.#slot === slotCount && !(await this.#tryAcquire(slotCount - 1));
  }

  /** Takes a free slot up to the given one, in place of the slot that this tab has. */
  async #tryAcquire(last: number): Promise<boolean> {
    for (let slot = 1; slot <= last; slot++) {
      const release = await lockSlot(slot);
      if (release === undefined) continue;
      if (this.#isWanted) {
        this.#release?.();
        this.#slot = slot;
        this.#release = release;
      } else {
        release();
      }
      return true;
    }
    return false;
  }
}

/** The function that releases the slot, or `undefined` if another tab has it. */
function lockSlot(slot: number): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    void locks()?.request(`event stream ${slot}`, { ifAvailable: true }, async (lock) => {
      if (lock === null) resolve(undefined);
      else await new Promise<void>((release) => resolve(release));
    });
  });
}

/** HTTP/2 and HTTP/3 send all requests over one connection. */
export function isUnlimited(): boolean {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return /^h[23]/.test(navigation?.nextHopProtocol ?? '');
}

/** Missing on a page without TLS: then no tab knows of the others. */
function locks(): LockManager | undefined {
  return (navigator as Partial<Navigator>).locks;
}
