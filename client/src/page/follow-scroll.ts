/** Pixels from the end of the page within which scrolling down resumes following. */
const endMargin = 32;

/** Keeps the end of a growing page in view until the reader scrolls up. */
export class FollowScroll {
  readonly #onChange: (following: boolean) => void;
  #following = false;
  #lastTop = 0;

  constructor(onChange: (following: boolean) => void) {
    this.#onChange = onChange;
    // Wheel and key events precede the scroll event, which comes after the next frame has already scrolled to the end.
    addEventListener('wheel', ({ deltaY }) => deltaY < 0 && this.stopFollowing(), { passive: true });
    addEventListener('keydown', (event) => {
      if (scrollsUp(event)) this.stopFollowing();
    });
    addEventListener('scroll', () => this.#onScroll(), { passive: true });
  }

  get isFollowing(): boolean {
    return this.#following;
  }

  start(): void {
    this.#setFollowing(true);
  }

  stopFollowing(): void {
    this.#setFollowing(false);
  }

  /** Call after each change of the page's height. */
  update(): void {
    if (this.#following) scrollTo({ top: maxScrollTop(), behavior: 'instant' });
    this.#lastTop = scrollY;
  }

  scrollToEnd(): void {
    this.#setFollowing(true);
    const reduceMotion = matchMedia('(prefers-reduced-motion: reduce)').matches;
    scrollTo({ top: maxScrollTop(), behavior: reduceMotion ? 'instant' : 'smooth' });
  }

  #onScroll(): void {
    const up = scrollY < this.#lastTop - 1;
    // A page that becomes shorter also scrolls up, but stays at its end.
    const atEnd = maxScrollTop() - scrollY < endMargin;
    if (up && !atEnd) this.#setFollowing(false);
    else if (scrollY > this.#lastTop && atEnd) this.#setFollowing(true);
    this.#lastTop = scrollY;
  }

  #setFollowing(following: boolean): void {
    if (following === this.#following) return;
    this.#following = following;
    this.#onChange(following);
  }
}

function maxScrollTop(): number {
  return document.documentElement.scrollHeight - innerHeight;
}

function scrollsUp({ key, shiftKey, target }: KeyboardEvent): boolean {
  if (target instanceof HTMLElement && target.matches('input, select, textarea')) return false;
  return key === 'ArrowUp' || key === 'PageUp' || key === 'Home' || (key === ' ' && shiftKey);
}
