/**
 * The address names the stream, or the streams of a conversation, so that a reload, a bookmark and another reader all
 * open the same ones. The request that started them is private, and stays in the storage of the tab.
 */
const streamParameter = 'stream';
const grantParameter = 'grant';

/** The streams of a conversation, oldest first. */
export function streamsInAddress(): string[] {
  return new URLSearchParams(location.search).getAll(streamParameter);
}

/** A shared link has a grant to read each stream behind the #, which browsers don't send to servers. */
export function grantFor(streamId: string | undefined): string | undefined {
  const index = streamId === undefined ? -1 : streamsInAddress().indexOf(streamId);
  const grant = new URLSearchParams(location.hash.slice(1)).getAll(grantParameter)[index];
  return grant === '' ? undefined : grant;
}

export function linkTo(streamIds: readonly string[], grants: readonly (string | undefined)[]): string {
  const url = new URL(location.href);
  url.searchParams.delete(streamParameter);
  for (const streamId of streamIds) url.searchParams.append(streamParameter, streamId);
  // Grants belong to streams by their order.
  const given = grants.map((grant) => [grantParameter, grant ?? '']);
  url.hash = grants.some((grant) => grant !== undefined) ? String(new URLSearchParams(given)) : '';
  return url.href;
}

/** Changes the address without a new entry in the history. */
export function replaceAddress(streamIds: readonly string[]): void {
  history.replaceState(null, '', linkTo(streamIds, streamIds.map(grantFor)));
}
