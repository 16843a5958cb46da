import type { TextStreamError } from '../text-stream';
import { streamUrl } from './api';
import { byId, create } from './dom';
import { errorMessage } from './error-messages';
import { grantFor } from './location';

/** Says why a text is not complete, and what the reader can do. */
export function showProblem(error: TextStreamError, streamId: string | undefined, canRegenerate: boolean): void {
  const { headline, next, details, canContinue } = errorMessage(error);
  byId('problem-headline').textContent = headline;
  byId('problem-next').textContent = next;
  byId('problem-details').replaceChildren(...details.map((detail) => create('li', { textContent: detail })));
  byId('continue').hidden = !canContinue;
  byId('again').hidden = error.kind !== 'failed' || !canRegenerate;
  const asText = byId<HTMLAnchorElement>('as-text');
  asText.hidden = error.kind !== 'too-large' || streamId === undefined;
  if (streamId !== undefined) asText.href = streamUrl(streamId, 'text', grantFor(streamId));
  const notice = byId('problem');
  notice.hidden = false;
  notice.scrollIntoView({ block: 'nearest' });
}
