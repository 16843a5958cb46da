import { byId } from './dom';
import { readPosition } from './storage';

interface StreamState {
  readonly status: string;
  readonly viewers: number;
  readonly lastEventId: string;
}

/** Says whether the stream that this page joined was generated without a viewer. */
export async function showUnwatched(streamId: string, response: Response): Promise<void> {
  if (!response.ok) return;
  const state = (await response.json()) as StreamState;
  const position = readPosition();
  const text =
    position?.streamId === streamId
      ? describeOwn(state.lastEventId !== position.lastEventId)
      : describeOther(state);
  const note = byId('unwatched');
  note.textContent = text;
  note.hidden = text === '';
}

function describeOwn(isFurther: boolean): string {
  return isFurther ? 'A part of this text was generated while this page was closed.' : '';
}

/** This page is one of the viewers itself. */
function describeOther({ status, viewers }: StreamState): string {
  return status === 'running' && viewers <= 1 ? 'This text was being generated without a viewer when the page opened.' : '';
}
