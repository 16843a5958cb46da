/** This close to its end, a reader who scrolls down wants to follow again. */
const nearEnd = 32;

/** Keeps the end of a growing page in view, until the reader wants to look at something else. */
export class FollowScroll {
  readonly #onChange: (following: boolean) => void;
  #following = false;
  #lastTop = 0;

  constructor(onChange: (following: boolean) => void) {
    this.#onChange = onChange;
    // A wheel or a key says what the reader wants before the page has moved; at the next frame it would be too late.
    addEventListener('wheel', ({ deltaY }) => deltaY < 0 && this.letGo(), { passive: true });
    addEventListener('keydown', (event) => {
      if (scrollsUp(event)) this.letGo();
    });
    addEventListener('scroll', () => this.#onScroll(), { passive: true });
  }

  get isFollowing(): boolean {
    return this.#following;
  }

  start(): void {
    this.#set(true);
  }

  letGo(): void {
    this.#set(false);
  }

  /** To be called after each change of the page. */
  update(): void {
    if (this.#following) scrollTo({ top: end(), behavior: 'instant' });
    this.#lastTop = scrollY;
  }

  jump(): void {
    this.#set(true);
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    scrollTo({ top: end(), behavior: calm ? 'instant' : 'smooth' });
  }

  #onScroll(): void {
    const up = scrollY < this.#lastTop - 1;
    // A page that has become shorter scrolls up too, and then it is at its end.
    const atEnd = end() - scrollY < nearEnd;
    if (up && !atEnd) this.#set(false);
    else if (scrollY > this.#lastTop && atEnd) this.#set(true);
    this.#lastTop = scrollY;
  }

  #set(following: boolean): void {
    if (following === this.#following) return;
    this.#following = following;
    this.#onChange(following);
  }
}

function end(): number {
  return document.documentElement.scrollHeight - innerHeight;
}

function scrollsUp({ key, shiftKey, target }: KeyboardEvent): boolean {
  if (target instanceof HTMLElement && target.matches('input, select, textarea')) return false;
  return key === 'ArrowUp' || key === 'PageUp' || key === 'Home' || (key === ' ' && shiftKey);
}
