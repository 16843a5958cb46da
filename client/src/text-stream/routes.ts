/** Where a stream lives, found from the address that it was opened with: `…/sse` or `…/streams/{id}/events`. */
export class Routes {
  readonly opened: URL;
  /** Known from the start when the address names a stream. */
  readonly streamId: string | undefined;
  readonly #root: URL;

  constructor(url: string | URL) {
    this.opened = new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href);
    const named = /^(.*\/)streams\/([^/]+)\/events$/.exec(this.opened.pathname);
    this.streamId = named?.[2] === undefined ? undefined : decodeURIComponent(named[2]);
    this.#root = new URL(named?.[1] ?? './', this.opened);
  }

  /** The token of an address, which only an `EventSource` needs to have there: other requests carry it in a header. */
  get token(): string | null {
    return this.opened.searchParams.get('access_token');
  }

  stream(streamId: string): URL {
    return new URL(`streams/${encodeURIComponent(streamId)}`, this.#root);
  }

  /** While a stream has not told its id, the address that opened it is all there is; it resumes too. */
  events(streamId: string | undefined): URL {
    if (streamId === undefined) return this.opened;
    const url = new URL(`streams/${encodeURIComponent(streamId)}/events`, this.#root);
    for (const [name, value] of this.opened.searchParams) {
      if (/^(?:access_token|grant)$/.test(name)) url.searchParams.set(name, value);
    }
    return url;
  }
}
