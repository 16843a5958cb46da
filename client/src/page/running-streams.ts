import { fetchRunning, type RunningStream } from './api';
import { byId, create } from './dom';
import { linkTo } from './location';

const time = new Intl.DateTimeFormat('en', { timeStyle: 'short' });
const date = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

let latest = 0;

/** Lists the user's running streams, without those that the page shows. A server without authentication has no list. */
export async function showRunningStreams(token: string, shown: readonly string[]): Promise<void> {
  const turn = ++latest;
  const running = token === '' ? [] : await fetchRunning(token).catch(() => []);
  // The token may have changed meanwhile.
  if (turn !== latest) return;
  const others = running.filter(({ id }) => !shown.includes(id));
  byId('running-streams').replaceChildren(...others.map((stream) => create('li', {}, linkToStream(stream))));
  byId('running').hidden = others.length === 0;
}

/** Where a stream was started today, its time is enough. */
export function describeRunning({ source, created, characters }: Omit<RunningStream, 'id'>, now = new Date()): { readonly name: string; readonly details: string } {
  const started = new Date(created);
  const since = (started.toDateString() === now.toDateString() ? time : date).format(started);
  return { name: source, details: `since ${since}, ${characters.toLocaleString('en')} characters` };
}

function linkToStream(stream: RunningStream): HTMLElement {
  const { name, details } = describeRunning(stream);
  return create('a', { href: linkTo([stream.id], [undefined]) }, name, create('span', { className: 'hint', textContent: details }));
}
