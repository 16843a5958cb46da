export interface NetworkListener {
  onOnline(): void;
  onOffline(): void;
  onVisible(): void;
}

/** A hint only: a server on the same machine can be reached without any network. */
export function isOffline(): boolean {
  return globalThis.navigator?.onLine === false;
}

/** Calls the listener until the returned function is called. Does nothing outside of a browser. */
export function watchNetwork(listener: NetworkListener): () => void {
  const { window, document } = globalThis;
  if (window === undefined || document === undefined) return () => undefined;

  const onOnline = () => listener.onOnline();
  const onOffline = () => listener.onOffline();
  const onVisibility = () => {
    if (document.visibilityState === 'visible') listener.onVisible();
  };
  window.addEventListener('online', onOnline);
  window.addEventListener('offline', onOffline);
  document.addEventListener('visibilitychange', onVisibility);

  return () => {
    window.removeEventListener('online', onOnline);
    window.removeEventListener('offline', onOffline);
    document.removeEventListener('visibilitychange', onVisibility);
  };
}
