/** The addresses of a stream, derived from the one that it was opened with: `…/sse` or `…/streams/{id}/events`. */
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

  stream(streamId: string): URL {
    return new URL(`streams/${encodeURIComponent(streamId)}`, this.#root);
  }

  /** Before the id of the stream is known, the address that opened it also resumes it. */
  events(streamId: string | undefined): URL {
    if (streamId === undefined) return this.opened;
    const url = new URL(`streams/${encodeURIComponent(streamId)}/events`, this.#root);
    const grant = this.opened.searchParams.get('grant');
    if (grant !== null) url.searchParams.set('grant', grant);
    return url;
  }
}
