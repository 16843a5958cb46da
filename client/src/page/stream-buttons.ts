import { byId } from './dom';

export interface ButtonState {
  readonly isBusy: boolean;
  readonly isStopping: boolean;
  readonly isEmpty: boolean;
  readonly hasText: boolean;
  readonly hasStream: boolean;
  readonly hasRequest: boolean;
}

/** The buttons that start, stop and share a stream. */
export class StreamButtons {
  readonly #generate = byId<HTMLButtonElement>('generate');
  readonly #stop = byId<HTMLButtonElement>('stop');
  readonly #regenerate = byId<HTMLButtonElement>('regenerate');
  readonly #copy = byId<HTMLButtonElement>('copy');
  readonly #link = byId<HTMLButtonElement>('link');
  readonly #reset = byId<HTMLButtonElement>('reset');

  /** `focused` is the element that had the focus before the state changed. */
  show(state: ButtonState, focused = document.activeElement): void {
    this.#generate.disabled = state.isBusy;
    this.#stop.disabled = !state.isBusy;
    this.#stop.setAttribute('aria-disabled', String(state.isStopping));
    this.#regenerate.disabled = state.isBusy || !state.hasRequest;
    this.#copy.disabled = !state.hasText;
    this.#link.disabled = !state.hasStream;
    this.#reset.disabled = state.isEmpty;
    // A button that is no longer usable passes the focus to the one that is.
    if (focused instanceof HTMLButtonElement && (focused.disabled || !focused.checkVisibility())) {
      (state.isBusy ? this.#stop : this.#generate).focus({ preventScroll: true });
    }
  }
}
