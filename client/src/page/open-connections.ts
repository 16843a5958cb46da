/** A browser opens at most six HTTP/1.1 connections to a site, for all of its tabs together. */
const maxConnections = 6;
const lockName = 'open event stream';

/** The connection of this tab, which other tabs can count. */
export class ConnectionLock {
  #release: (() => void) | undefined;

  hold(): void {
    if (this.#release !== undefined) return;
    const released = new Promise<void>((resolve) => (this.#release = resolve));
    // Missing on a page without TLS: then no tab can count the connections.
    void locks()?.request(lockName, { mode: 'shared' }, () => released);
  }

  release(): void {
    this.#release?.();
    this.#release = undefined;
  }
}

/** Why the server does not answer, as far as this tab can find out. */
export async function describeMissingAnswer(): Promise<string> {
  const isUnlimited = usesOneConnection();
  if (!isUnlimited && (await areAllTaken())) {
    return `Too many tabs of this site are open: the browser allows ${maxConnections} connections. Close a tab, and this one continues.`;
  }
  return isUnlimited || locks() !== undefined ? 'The server has not answered yet…' : 'No connection yet. If many tabs of this site are open, close one.';
}

export async function areAllTaken(): Promise<boolean> {
  const held = (await locks()?.query())?.held ?? [];
  return !usesOneConnection() && held.filter(({ name }) => name === lockName).length >= maxConnections;
}

/** HTTP/2 and HTTP/3 send all requests over one connection. */
function usesOneConnection(): boolean {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return /^h[23]/.test(navigation?.nextHopProtocol ?? '');
}

function locks(): LockManager | undefined {
  return (navigator as Partial<Navigator>).locks;
}
