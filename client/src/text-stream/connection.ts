import type { Frame } from './events';

/** What a connection tells the stream that it belongs to, whichever transport it uses. */
export interface ConnectionListener {
  /** The server has accepted: from here on there is a stream. */
  onOpen(): void;
  /** Bytes arrived, whatever they say. */
  onBytes(): void;
  /** A comment arrived after so many milliseconds of silence. */
  onHeartbeat(): void;
  onRetry(milliseconds: number): void;
  onPosition(id: string): void;
  /** False: that was the last one, leave. */
  onFrame(frame: Frame): boolean;
  /** The browser lost the connection and connects again by itself. */
  onLost(): void;
  /** Resolves when the reader has taken enough of what came for more to be read. */
  room(): Promise<void> | undefined;
}

/**
 * How a connection ended without an error: `eof` – the response is over, and whether the stream is, its events have
 * said; `nothing-more` – 204, the last event id was already the end.
 */
export type ConnectionEnd = 'eof' | 'nothing-more';
