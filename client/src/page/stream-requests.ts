import type { TextStreamOptions } from '../text-stream';
import { authorization, startUrl, streamUrl, type StartRequest } from './api';
import { grantFor } from './location';

/** Servers and proxies refuse a longer request line, some of them from 8 kB on. */
const maxUrlLength = 4_000;

/** The reader's choices for connections. */
export interface ConnectionChoice {
  readonly method: 'post' | 'get';
  readonly token: string;
}

/** The requests of the page for streams. */
export class StreamRequests {
  readonly #choice: () => ConnectionChoice;

  constructor(choice: () => ConnectionChoice) {
    this.#choice = choice;
  }

  start(request: StartRequest, idempotencyKey: string): TextStreamOptions {
    if (this.#choice().method === 'get' && request.messages === undefined) {
      const url = startUrl(request);
      if (url.length <= maxUrlLength) return { url, ...this.#headers() };
    }
    return { url: startUrl(), method: 'POST', body: request, idempotencyKey, ...this.#headers() };
  }

  read(streamId: string, lastEventId: string): TextStreamOptions {
    return { url: streamUrl(streamId, 'events', grantFor(streamId)), lastEventId, ...this.#headers() };
  }

  async readText(streamId: string): Promise<string> {
    const response = await this.#fetch(streamUrl(streamId, 'text', grantFor(streamId)));
    return response.ok ? (await response.text()).replace(/\r\n?/g, '\n') : '(The server no longer keeps this answer.)';
  }

  readState(streamId: string): Promise<Response> {
    return this.#fetch(streamUrl(streamId, undefined, grantFor(streamId)));
  }

  #fetch(url: string): Promise<Response> {
    return fetch(url, { headers: authorization(this.#choice().token) });
  }

  #headers(): Partial<TextStreamOptions> {
    // The token is read for each connection, because the reader can replace it meanwhile.
    return this.#choice().token === '' ? {} : { headers: () => authorization(this.#choice().token) };
  }
}
