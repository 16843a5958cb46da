import { HttpError, NetworkError } from './errors.js';
import { parseRetryAfter } from './backoff.js';
import type { Settings } from './options.js';
import { readProblem } from './problem.js';
import type { Routes } from './routes.js';
import { unlessAborted } from './unless-aborted.js';

/** Where a connection starts to read. */
export interface ReadPosition {
  readonly streamId: string | undefined;
  /** Empty before the first event. */
  readonly lastEventId: string;
}

/** Requests the events after a position: by the method of the settings to start a stream, by GET to resume it. */
export async function requestEvents(settings: Settings, routes: Routes, position: ReadPosition, signal: AbortSignal): Promise<Response> {
  const { lastEventId } = position;
  const isResume = lastEventId !== '';
  const isPost = settings.method === 'POST' && !isResume;

  const headers = await makeHeaders(settings, signal);
  headers.set('Accept', 'text/event-stream');
  // Header values are bytes: an id beyond ASCII is sent as its UTF-8, as EventSource sends it.
  if (isResume) headers.set('Last-Event-ID', utf8AsBytes(lastEventId));
  if (isPost) {
    headers.set('Content-Type', 'application/json');
    if (settings.idempotencyKey !== undefined) headers.set('Idempotency-Key', settings.idempotencyKey);
  }

  try {
    return await settings.fetch(isResume ? routes.events(position.streamId) : routes.opened, {
      method: isPost ? 'POST' : 'GET',
      headers,
      body: isPost ? (settings.body ?? null) : null,
      // Sends Cache-Control: no-cache too, which as a header of ours would need the server's permission across origins.
      cache: 'no-store',
      ...(settings.credentials && { credentials: settings.credentials }),
      signal,
    });
  } catch (error) {
    throw reasonOf(error, signal, 'The server could not be reached.');
  }
}

/** Requests the end of a generation. Throws a `NetworkError` or an `HttpError`. */
export async function requestStop(settings: Settings, routes: Routes, streamId: string, signal: AbortSignal): Promise<void> {
  let response: Response;
  try {
    response = await settings.fetch(routes.stream(streamId), {
      method: 'DELETE',
      headers: await makeHeaders(settings, signal),
      ...(settings.credentials && { credentials: settings.credentials }),
      // The request must arrive even if the page is closed meanwhile.
      keepalive: true,
      // Ahead of the requests that other tabs wait to send.
      priority: 'high',
      signal,
    });
  } catch (error) {
    throw reasonOf(error, signal, 'The request to stop did not reach the server.');
  }
  if (!response.ok) throw await refusalOf(response, signal);
  await response.body?.cancel();
}

/** The error that a response with an unexpected status stands for. */
export async function refusalOf(response: Response, signal: AbortSignal): Promise<HttpError> {
  const retryAfter = parseRetryAfter(response.headers.get('Retry-After'), Date.now());
  return new HttpError(response.status, await readProblem(response, signal), retryAfter);
}

/** An aborted request fails for the reason of its signal, whatever error the platform throws. */
export function reasonOf(error: unknown, signal: AbortSignal, message: string): unknown {
  return signal.aborted ? signal.reason : new NetworkError(message, { cause: error });
}

async function makeHeaders(settings: Settings, signal: AbortSignal): Promise<Headers> {
  try {
    // To renew a token can take a request of its own, which can hang as any other.
    return new Headers(await unlessAborted(settings.headers?.(), signal));
  } catch (error) {
    throw reasonOf(error, signal, 'The headers for the request could not be made.');
  }
}

function utf8AsBytes(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
