import type { TextStreamError } from './errors';
import type { CompletedEvent, StoppedEvent } from './events';

export type TextStreamState =
  | { readonly phase: 'connecting'; readonly attempt: number }
  | { readonly phase: 'open' }
  | {
      readonly phase: 'waiting';
      readonly attempt: number;
      /** When the next connection is tried (`Date.now()`); unknown while the browser itself reconnects. */
      readonly retryAt: number | undefined;
      readonly offline: boolean;
      readonly error: TextStreamError;
    }
  /** All has come. Without an event, the server said only that nothing more will. */
  | { readonly phase: 'ended'; readonly event: CompletedEvent | StoppedEvent | undefined }
  | { readonly phase: 'failed'; readonly error: TextStreamError }
  /** Left by `close()`; the generation may go on. */
  | { readonly phase: 'closed' };

export function isFinal(state: TextStreamState): boolean {
  return state.phase === 'ended' || state.phase === 'failed' || state.phase === 'closed';
}
