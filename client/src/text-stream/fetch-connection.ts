import { parseRetryAfter } from './backoff';
import type { ConnectionEnd, ConnectionListener } from './connection';
import { HttpError, MimeError, NetworkError } from './errors';
import { readObject, type ProblemDetails } from './events';
import { FrameReader } from './frame-reader';
import type { Settings } from './options';
import { TimeSlice } from './time-slice';

export interface FetchRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Headers;
  readonly body: string | undefined;
  readonly credentials: RequestCredentials | undefined;
  readonly lastEventId: string;
  readonly maxEventCharacters: number;
  readonly signal: AbortSignal;
  readonly fetch: typeof fetch;
}

/** The body of a refusal is read no further than this. */
const maxProblemBytes = 65_536;

/** One connection by `fetch`. Throws a `TextStreamError`, or the reason of its signal. */
export async function readOverFetch(request: FetchRequest, listener: ConnectionListener): Promise<ConnectionEnd> {
  const response = await send(request);
  listener.onBytes();

  if (response.status === 204) return 'nothing-more';
  if (response.status !== 200) throw await refusal(response, request.signal);
  const contentType = response.headers.get('Content-Type');
  if (!isEventStream(contentType)) {
    await response.body?.cancel();
    throw new MimeError(contentType);
  }

  listener.onOpen();
  // A 200 without any body, as a service worker may make one, is a stream that is already over.
  if (response.body !== null) await readBody(response.body.getReader(), request, listener);
  return 'eof';
}

async function send(request: FetchRequest): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set('Accept', 'text/event-stream');
  // Header values are bytes: an id beyond ASCII goes as its UTF-8, as EventSource sends it.
  if (request.lastEventId !== '') headers.set('Last-Event-ID', utf8AsBytes(request.lastEventId));

  try {
    return await request.fetch(request.url, {
      method: request.method,
      headers,
      body: request.body ?? null,
      // Sends Cache-Control: no-cache too; set by hand it would need the server's leave across origins.
      cache: 'no-store',
      ...(request.credentials && { credentials: request.credentials }),
      signal: request.signal,
    });
  } catch (error) {
    throw reasonOf(error, request.signal, 'The server could not be reached.');
  }
}

async function readBody(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  request: FetchRequest,
  listener: ConnectionListener,
): Promise<void> {
  const frames = new FrameReader({
    lastEventId: request.lastEventId,
    maxEventCharacters: request.maxEventCharacters,
    onComment: () => listener.onHeartbeat(),
    onRetry: (milliseconds) => listener.onRetry(milliseconds),
  });

  const slice = new TimeSlice();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw reasonOf(error, request.signal, 'The connection broke.');
      });
      if (done) return;

      for (const frame of frames.read(value)) if (!listener.onFrame(frame)) return;
      if (frames.error !== undefined) throw frames.error;
      listener.onPosition(frames.lastEventId);
      listener.onBytes();
      await listener.room();
      await slice.next();
    }
  } finally {
    // Over or broken already? Then there is nothing to cancel, and the caller is being told why.
    reader.cancel().catch(() => undefined);
  }
}

/** Asks for the end of a generation. Throws a `NetworkError` or an `HttpError`. */
export async function deleteStream(url: URL, token: string | null, settings: Settings): Promise<void> {
  let response: Response;
  try {
    response = await settings.fetch(url, {
      method: 'DELETE',
      headers: new Headers((await settings.headers?.()) ?? (token === null ? {} : { Authorization: `Bearer ${token}` })),
      ...(settings.credentials && { credentials: settings.credentials }),
      // It has to arrive also when the page that asks for it is being left.
      keepalive: true,
    });
  } catch (error) {
    throw new NetworkError('The request to stop did not reach the server.', { cause: error });
  }
  if (!response.ok) throw await refusal(response);
  await response.body?.cancel();
}

async function refusal(response: Response, signal?: AbortSignal): Promise<HttpError> {
  const retryAfter = parseRetryAfter(response.headers.get('Retry-After'), Date.now());
  return new HttpError(response.status, await readProblem(response, signal), retryAfter);
}

async function readProblem(response: Response, signal: AbortSignal | undefined): Promise<ProblemDetails | undefined> {
  if (!/^application\/(?:problem\+)?json\b/i.test(response.headers.get('Content-Type') ?? '')) {
    await response.body?.cancel();
    return undefined;
  }

  try {
    return readObject(await readSome(response));
  } catch {
    // The status has been heard, and it is what decides; its explanation broke off.
    signal?.throwIfAborted();
    return undefined;
  }
}

async function readSome(response: Response): Promise<string> {
  let text = '';
  if (response.body === null) return text;

  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (let length = 0; length < maxProblemBytes; ) {
    const { done, value } = await reader.read();
    if (done) return text;
    length += value.length;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}

function isEventStream(contentType: string | null): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'text/event-stream';
}

function utf8AsBytes(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

/** An aborted request fails for its signal's reason, whatever the platform makes of it. */
export function reasonOf(error: unknown, signal: AbortSignal, message: string): unknown {
  return signal.aborted ? signal.reason : new NetworkError(message, { cause: error });
}
