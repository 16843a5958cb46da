import { api, authorization } from './api';
import { copy } from './clipboard';
import { grantFor, linkTo } from './location';

/**
 * Copies a link to a stream. On a server with authentication the link has a grant, which only the owner of the stream can
 * create; another reader passes the grant of their own link on.
 */
export async function share(streamId: string | undefined, token: string): Promise<void> {
  const isOwner = streamId !== undefined && token !== '';
  const grant = (isOwner ? await createGrant(streamId, token).catch(() => undefined) : undefined) ?? grantFor(streamId);
  await copy(linkTo(streamId, grant), isOwner && grant === undefined
    ? 'The link is copied. It opens this passage to you alone.'
    : 'The link is copied. Whoever opens it sees this passage, live.');
}

async function createGrant(streamId: string, token: string): Promise<string | undefined> {
  const response = await fetch(`${api}/streams/${encodeURIComponent(streamId)}/grants`, { method: 'POST', headers: authorization(token) });
  return response.ok ? ((await response.json()) as { grant: string }).grant : undefined;
}
