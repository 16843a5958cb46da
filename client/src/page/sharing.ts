import { api, authorization } from './api';
import { copy } from './clipboard';
import { grantFor, linkTo } from './location';

/**
 * Copies a link to the streams of the page. On a server with authentication the link has a grant for each, which only the
 * owner of a stream can create; another reader passes the grants of their own link on.
 */
export async function share(streamIds: readonly string[], token: string): Promise<void> {
  const grants = await Promise.all(streamIds.map(async (streamId) => {
    const created = token === '' ? undefined : await createGrant(streamId, token).catch(() => undefined);
    return created ?? grantFor(streamId);
  }));
  await copy(linkTo(streamIds, grants), token !== '' && grants.includes(undefined)
    ? 'The link is copied. It opens this passage to you alone.'
    : 'The link is copied. It shows this passage live.');
}

async function createGrant(streamId: string, token: string): Promise<string | undefined> {
  const response = await fetch(`${api}/streams/${encodeURIComponent(streamId)}/grants`, { method: 'POST', headers: authorization(token) });
  return response.ok ? ((await response.json()) as { grant: string }).grant : undefined;
}
