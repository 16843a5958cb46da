/**
 * The address names the stream, so that a reload, a bookmark and another reader all open the same one. The request that
 * started it is private, and stays in the storage of the tab.
 */
const parameter = 'stream';

export function streamInAddress(): string | undefined {
  return new URLSearchParams(location.search).get(parameter) ?? undefined;
}

/** A shared link has a grant to read its stream behind the #, which browsers don't send to servers. */
export function grantFor(streamId: string | undefined): string | undefined {
  return streamId === streamInAddress() ? (new URLSearchParams(location.hash.slice(1)).get('grant') ?? undefined) : undefined;
}

export function linkTo(streamId: string | undefined, grant?: string): string {
  const url = new URL(location.href);
  url.hash = grant === undefined ? '' : `grant=${grant}`;
  if (streamId === undefined) url.searchParams.delete(parameter);
  else url.searchParams.set(parameter, streamId);
  return url.href;
}

/** Changes the address without a new entry in the history. */
export function replaceAddress(streamId: string | undefined): void {
  history.replaceState(null, '', linkTo(streamId, grantFor(streamId)));
}
