import type { TextStreamError } from './errors.js';
import type { CompletedEvent, StoppedEvent } from './events.js';

export type TextStreamState =
  | { readonly phase: 'connecting'; readonly attempt: number }
  | { readonly phase: 'open' }
  | {
      readonly phase: 'waiting';
      readonly attempt: number;
      /** When the next connection is tried (`Date.now()`). */
      readonly retryAt: number;
      readonly offline: boolean;
      readonly error: TextStreamError;
    }
  /** All events were read. `event` is `undefined` if the server answered only that no more will follow (204). */
  | { readonly phase: 'ended'; readonly event: CompletedEvent | StoppedEvent | undefined }
  | { readonly phase: 'failed'; readonly error: TextStreamError }
  /** Closed by `close()`; the generation can continue. */
  | { readonly phase: 'closed' };

export function isFinal(state: TextStreamState): boolean {
  return state.phase === 'ended' || state.phase === 'failed' || state.phase === 'closed';
}
