import { api, authorization } from './api';
import { copy } from './copying';
import { grantFor, linkTo } from './place';

/**
 * Copies a link to a stream. Where the server asks who comes, others read by a grant, for as long as the server's usual one lasts;
 * only the owner can make one, and who was given one passes it on.
 */
export async function share(streamId: string | undefined, token: string): Promise<void> {
  const isOwner = streamId !== undefined && token !== '';
  const grant = (isOwner ? await makeGrant(streamId, token).catch(() => undefined) : undefined) ?? grantFor(streamId);
  await copy(linkTo(streamId, grant), isOwner && grant === undefined
    ? 'The link is copied. It opens this passage to you alone.'
    : 'The link is copied. Whoever opens it sees this passage, live.');
}

async function makeGrant(streamId: string, token: string): Promise<string | undefined> {
  const response = await fetch(`${api}/streams/${encodeURIComponent(streamId)}/grants`, { method: 'POST', headers: authorization(token) });
  return response.ok ? ((await response.json()) as { grant: string }).grant : undefined;
}
