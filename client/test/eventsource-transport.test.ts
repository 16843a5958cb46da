import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTextStream, type TextStreamOptions } from '../src/text-stream';
import { NativeEventSource } from './native-event-source';
import { sendProblem, StandIn } from './server';
import { Watched } from './watch';

let server: StandIn;

beforeEach(async () => {
  server = await StandIn.start({ retry: 1 });
  NativeEventSource.instances.length = 0;
});

afterEach(() => server.close());

function watch(path: string, options: Partial<TextStreamOptions> = {}): Watched {
  return new Watched({
    url: `${server.url}${path}`,
    transport: 'eventsource',
    EventSource: NativeEventSource as unknown as typeof EventSource,
    ...options,
  });
}

function expectAll(watched: Watched): void {
  const stream = server.streams.get(watched.stream.streamId ?? '');
  expect(watched.ids).toEqual(stream?.frames.map((_, i) => `${stream.id}.${i + 1}`));
  expect(watched.text).toBe(stream?.text);
}

test('a passage comes whole, over one EventSource that is closed at its end', async () => {
  const watched = watch('/sse?words=40&pace=0');

  expect(await watched.end).toBeUndefined();
  expectAll(watched);
  expect(NativeEventSource.instances.map(({ readyState }) => readyState)).toEqual([2]);
  expect(watched.phases).toEqual(['connecting', 'open', 'ended']);
});

test('the browser reconnects by itself: one EventSource, many connections, each event once', async () => {
  const watched = watch('/sse?words=300&pace=2');
  for (let drops = 0; drops < 10; drops++) {
    const seen = watched.events.length;
    await watched.until(() => watched.events.length > seen);
    const connections = watched.phases.filter((phase) => phase === 'open').length;
    server.drop();
    await watched.until(() => watched.phases.filter((phase) => phase === 'open').length > connections);
  }

  expect(await watched.end).toBeUndefined();
  expectAll(watched);
  expect(NativeEventSource.instances).toHaveLength(1);
  expect(server.requests).toHaveLength(11);
  expect(watched.states).toContainEqual(expect.objectContaining({ phase: 'waiting', retryAt: undefined }));
});

test('after the browser gave up in the middle, the server is asked in words, and then the browser goes on from there', async () => {
  const watched = watch('/sse?words=200&pace=2');
  await watched.until(() => watched.events.length > 5);
  let refusals = 2;
  server.intercept = (_, response) => refusals-- > 0 && (sendProblem(response, 503, 'Restarting'), true);
  server.drop();

  expect(await watched.end).toBeUndefined();
  expectAll(watched);
  expect(watched.states).toContainEqual(expect.objectContaining({ phase: 'waiting', error: expect.objectContaining({ kind: 'http', status: 503 }) }));
  const second = NativeEventSource.instances[1];
  expect(NativeEventSource.instances).toHaveLength(2);
  expect(second?.url.pathname).toBe(`/streams/${watched.stream.streamId}/events`);
  expect(watched.ids).toContain(second?.url.searchParams.get('lastEventId'));
});

test('a refusal is an error with its status and problem details, as by fetch', async () => {
  const watched = watch('/sse?source=nobody');

  expect(await watched.end).toMatchObject({ kind: 'http', status: 400, problem: { errors: { source: expect.anything() } } });
  expect(server.streams.size).toBe(0);
});

test('a refusal that passes is waited out, and nothing is started twice', async () => {
  let refusals = 3;
  server.intercept = (_, response) => refusals-- > 0 && (sendProblem(response, 503, 'Starting'), true);
  const watched = watch('/sse?words=20&pace=1');

  expect(await watched.end).toBeUndefined();
  expectAll(watched);
  expect(server.streams.size).toBe(1);
});

test('silence makes a new EventSource that goes on after the last event', async () => {
  const watched = watch('/sse?words=200&pace=3', { idle: 100 });
  await watched.until(() => watched.events.length > 5);
  server.mute();

  expect(await watched.end).toBeUndefined();
  expectAll(watched);
  expect(NativeEventSource.instances.length).toBeGreaterThan(1);
});

test('stop() works, also while the browser waits to reconnect', async () => {
  const watched = watch('/sse?words=1000&pace=3');
  await watched.until(() => watched.events.length > 5);
  server.drop();
  await watched.until(() => watched.stream.state.phase === 'waiting');
  await watched.stream.stop();

  expect(await watched.end).toBeUndefined();
  expectAll(watched);
  expect(watched.events.at(-1)).toMatchObject({ type: 'stopped' });
});

test('too much ends it, and closes the EventSource', async () => {
  const watched = watch('/sse?words=1000&pace=0', { limits: { passage: 200 } });

  expect(await watched.end).toMatchObject({ kind: 'too-large' });
  expect(NativeEventSource.instances[0]?.readyState).toBe(2);
});

test('joining a stream after an event says so in the query, and its first event has its own id', async () => {
  const first = watch('/sse?words=5&pace=0');
  await first.end;
  const joined = watch(`/streams/${first.stream.streamId}/events`, { lastEventId: first.ids[3] ?? '' });

  expect(await joined.end).toBeUndefined();
  expect(joined.ids).toEqual(first.ids.slice(4));
});

test('credentials are passed on', async () => {
  await watch('/sse?words=1&pace=0', { credentials: 'include' }).end;

  expect(NativeEventSource.instances[0]?.init).toEqual({ withCredentials: true });
});

test.each<Partial<TextStreamOptions>>([{ method: 'POST' }, { headers: () => ({}) }])('what an EventSource cannot do is refused: %o', (options) => {
  expect(() => openTextStream({ url: `${server.url}/sse`, transport: 'eventsource', ...options })).toThrow(TypeError);
});
