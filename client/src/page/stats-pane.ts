import type { ArrivalStats } from './arrival-stats';
import { byId } from './dom';

const number = new Intl.NumberFormat('en');
const width = 120;
const height = 24;

/** The figures below the passage, and the plot of words per second. */
export class StatsPane {
  readonly #list = byId('stats');
  readonly #plot = byId<HTMLElement>('plot');
  readonly #line = byId<HTMLElement>('plot-line');

  show(arrivalStats: ArrivalStats | undefined, now: number): void {
    if (arrivalStats === undefined) {
      for (const name of ['first-word', 'words', 'speed', 'elapsed']) this.#set(name, '–');
      this.#line.removeAttribute('d');
      this.#plot.setAttribute('aria-label', 'No text has arrived yet');
      this.showUsage(undefined);
      return;
    }

    const speed = Math.round(arrivalStats.speed(now));
    const first = arrivalStats.timeToFirstWord;
    this.#set('first-word', first === undefined ? '–' : duration(first));
    this.#set('words', number.format(arrivalStats.words));
    this.#set('speed', `${number.format(speed)}/s`);
    this.#set('elapsed', duration(arrivalStats.elapsed(now)));

    const history = arrivalStats.history(now);
    const peak = Math.max(...history);
    this.#line.setAttribute('d', path(history, peak));
    this.#plot.setAttribute('aria-label', `Arrival over the last half minute: at most ${number.format(Math.round(peak))} words per second`);
  }

  showUsage(usage: string | undefined): void {
    this.#set('usage', usage ?? '');
    const row = this.#list.querySelector<HTMLElement>('.usage');
    if (row !== null) row.hidden = usage === undefined;
  }

  #set(name: string, text: string): void {
    const value = this.#list.querySelector(`[data-stat="${name}"]`);
    if (value !== null && value.textContent !== text) value.textContent = text;
  }
}

function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes} min ${Math.floor(seconds % 60)} s`;
}

/** SVG path data with one bar per value. */
function path(values: readonly number[], peak: number): string {
  const step = width / values.length;
  return values
    .map((value, i) => (value === 0 ? '' : `M${(i * step).toFixed(2)} ${height}v-${((value / peak) * height).toFixed(2)}h${(step * 0.75).toFixed(2)}V${height}`))
    .join('');
}
