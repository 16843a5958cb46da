import type { ConnectionEnd, ConnectionListener } from './connection';
import { NetworkError } from './errors';
import { eventNames } from './events';

export interface EventSourceRequest {
  readonly url: URL;
  readonly lastEventId: string;
  readonly withCredentials: boolean;
  readonly signal: AbortSignal;
  readonly EventSource: typeof EventSource;
}

/** The browser will not try again, and does not say why: any status but 200, or another content type. */
export class GaveUp extends NetworkError {}

/**
 * One native `EventSource`. It reconnects by itself, after the server's `retry` and with `Last-Event-ID`, for as long
 * as there is no answer at all; so this ends only with the last event, with the signal, or when the browser gave up.
 */
export function readOverEventSource(request: EventSourceRequest, listener: ConnectionListener): Promise<ConnectionEnd> {
  const { signal } = request;
  const url = new URL(request.url);
  // A new EventSource cannot send a header. Once it has seen an event itself it does, and the header wins.
  if (request.lastEventId !== '') url.searchParams.set('lastEventId', request.lastEventId);

  return new Promise((resolve, reject) => {
    const source = new request.EventSource(url, { withCredentials: request.withCredentials });
    const end = (settle: () => void) => {
      source.close();
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = () => end(() => reject(signal.reason));
    signal.addEventListener('abort', onAbort);

    source.onopen = () => {
      listener.onBytes();
      listener.onOpen();
    };

    source.onerror = () => {
      if (source.readyState === source.CLOSED) end(() => reject(new GaveUp('The browser gave up the connection.')));
      else listener.onLost();
    };

    for (const event of eventNames) {
      source.addEventListener(event, ({ data, lastEventId }: MessageEvent<string>) => {
        try {
          listener.onBytes();
          // A new EventSource starts without the id that its address carries.
          const id = lastEventId === '' ? request.lastEventId : lastEventId;
          if (!listener.onFrame({ id, event, data })) end(() => resolve('eof'));
        } catch (error) {
          end(() => reject(error));
        }
      });
    }
  });
}
