export interface NetworkListener {
  onOnline(): void;
  onOffline(): void;
  onVisible(): void;
}

/** The browser's word, which is a hint only: a server on this machine can be reached without any network. */
export function isOffline(): boolean {
  return globalThis.navigator?.onLine === false;
}

/** Outside of a browser there is nothing to watch. */
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
