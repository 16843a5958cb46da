import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openTextStream } from '../src/text-stream';
import { eventStream, serve } from './http-server';
import { sendProblem, StandIn } from './server';
import { Gate, Watched } from './watch';

const completed = 'id: s.9\nevent: completed\ndata: {}\n\n';

let server: StandIn;

beforeEach(async () => {
  server = await StandIn.start({ retry: 1 });
});

afterEach(() => server.close());

function serverText(watched: Watched): string | undefined {
  return server.streams.get(watched.stream.streamId ?? '')?.text;
}

/** Each event of the stream, once and in order. */
function allIds(watched: Watched): string[] {
  const stream = server.streams.get(watched.stream.streamId ?? '');
  return (stream?.frames ?? []).map((_, i) => `${stream?.id}.${i + 1}`);
}

describe('a passage', () => {
  test('comes whole, with its beginning and its end', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=40&pace=0` });

    expect(await watched.end).toBeUndefined();

    expect(watched.events[0]).toEqual({ type: 'started', id: `${watched.stream.streamId}.1`, streamId: watched.stream.streamId, source: 'lorem' });
    expect(watched.events.at(-1)).toMatchObject({ type: 'completed', finishReason: 'stop', details: { segments: 40 } });
    expect(watched.text).toBe(serverText(watched));
    expect(watched.stream.passage).toBe(watched.text);
    expect(watched.stream.lastEventId).toBe(`${watched.stream.streamId}.42`);
    expect(watched.ids).toEqual(allIds(watched));
    expect(watched.phases).toEqual(['connecting', 'open', 'ended']);
  });

  test('keeps the white space and the line ends of its segments', async () => {
    server.script = [' a', '  b\n', '\n', '', '\n\nc ', '\td', 'e\n', '…😀'];
    const watched = new Watched({ url: `${server.url}/sse?source=script&pace=0` });
    await watched.end;

    expect(watched.events.filter(({ type }) => type === 'segment')).toHaveLength(8);
    expect(watched.text).toBe(' a  b\n\n\n\nc \tde\n…😀');
  });

  test('may hold the very text of the sentinel', async () => {
    server.script = ['[END]', ' is not the end'];
    const watched = new Watched({ url: `${server.url}/sse?source=script&pace=0` });
    await watched.end;

    expect(watched.text).toBe('[END] is not the end');
  });

  test('is not held up by events that this client does not know', async () => {
    const { url } = await serve(eventStream(`id: s.1\ndata: a\n\nid: s.2\nevent: novelty\ndata: ?\n\n`), eventStream(`id: s.3\ndata: b\n\n${completed}`));
    const watched = new Watched({ url });
    await watched.end;

    expect(watched.text).toBe('ab');
  });

  test('ends even if the details of its end cannot be read', async () => {
    const { url } = await serve(eventStream('id: s.1\nevent: completed\ndata: {"half\n\n'));
    const watched = new Watched({ url });

    expect(await watched.end).toBeUndefined();
    expect(watched.events).toEqual([{ type: 'completed', id: 's.1', finishReason: undefined, details: {} }]);
  });

  test('of a hundred thousand segments arrives without loss through a reader who pauses', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=100000&pace=0` });

    expect(await watched.end).toBeUndefined();
    expect(watched.events).toHaveLength(100_002);
    expect(watched.text).toBe(serverText(watched));
  });

  test('is not fetched faster than it is read', async () => {
    server.script = Array.from({ length: 100_000 }, () => 'x'.repeat(1_000));
    const stream = openTextStream({ url: `${server.url}/sse?source=script&pace=0` });
    let before = -1;
    await expect
      .poll(() => {
        const isStill = stream.passage.length > 0 && stream.passage.length === before;
        before = stream.passage.length;
        return isStill;
      }, { interval: 200, timeout: 30_000 })
      .toBe(true);

    expect(stream.passage.length).toBeLessThan(20_000_000);
    let length = 0;
    for await (const event of stream) {
      if (event.type === 'segment') length += event.text.length;
      if (length >= 30_000_000) break;
    }
    expect(length).toBe(30_000_000);
  });

  test('that failed throws what the server said, after the events that came before', async () => {
    const watched = new Watched({ url: `${server.url}/sse?source=failing&pace=0` });

    const error = await watched.end;

    expect(error).toMatchObject({ kind: 'failed', problem: { title: 'The generator failed', status: 500 } });
    expect(watched.events.filter(({ type }) => type === 'segment')).toHaveLength(12);
    expect(watched.events.at(-1)).toMatchObject({ type: 'failed' });
    expect(watched.stream.state).toMatchObject({ phase: 'failed', error });
  });
});

describe('a connection that is lost', () => {
  test('many times, mid-frame, costs no event and repeats none', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=400&pace=2` });
    for (let drops = 0; drops < 20; drops++) {
      const seen = watched.events.length;
      await watched.until(() => watched.events.length > seen);
      const connections = watched.phases.filter((phase) => phase === 'open').length;
      server.drop();
      await watched.until(() => watched.phases.filter((phase) => phase === 'open').length > connections);
    }

    expect(await watched.end).toBeUndefined();
    expect(watched.ids).toEqual(allIds(watched));
    expect(watched.text).toBe(serverText(watched));
    expect(server.requests.length).toBe(21);
    // Only the first one started something, and all others said where to go on.
    expect(server.requests.filter(({ path }) => path === '/sse')).toHaveLength(1);
    expect(server.requests.slice(1).every(({ headers, path }) => headers['last-event-id'] !== undefined && path === `/streams/${watched.stream.streamId}/events`)).toBe(true);
  });

  test('by a server that stops and comes back is found again', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=100&pace=5`, retry: { base: 5, max: 20, attempts: 100 } });
    await watched.until(() => watched.events.length > 10);

    await server.close();
    await watched.until(() => watched.phases.filter((phase) => phase === 'waiting').length >= 3);
    await server.listen();

    expect(await watched.end).toBeUndefined();
    expect(watched.ids).toEqual(allIds(watched));
  });

  test('for good fails the stream after the attempts that it was given, and can be continued from there', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=50&pace=5`, retry: { base: 1, max: 2, attempts: 3 } });
    await watched.until(() => watched.events.length > 5);

    await server.close();

    expect(await watched.end).toMatchObject({ kind: 'network' });
    expect(watched.stream.state).toMatchObject({ phase: 'failed' });
    expect(watched.states.flatMap((state) => (state.phase === 'waiting' ? [state.attempt] : []))).toEqual([1, 2]);

    await server.listen();
    const { streamId, lastEventId } = watched.stream;
    const continued = new Watched({ url: `${server.url}/streams/${streamId}/events`, lastEventId });
    expect(await continued.end).toBeUndefined();
    expect([...watched.ids, ...continued.ids]).toEqual(allIds(continued));
    expect(watched.text + continued.text).toBe(serverText(continued));
  });

  test('before the first event has the request made again', async () => {
    let refusals = 2;
    server.intercept = (_, response) => refusals-- > 0 && response.destroy() !== undefined;
    const watched = new Watched({ url: `${server.url}/sse?words=3&pace=0` });

    expect(await watched.end).toBeUndefined();
    expect(watched.text).toBe(serverText(watched));
    expect(server.requests.map(({ path }) => path)).toEqual(['/sse', '/sse', '/sse']);
  });

  test('can be tried again at once instead of waited for', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=30&pace=5`, random: () => 1 });
    await watched.until(() => watched.events.length > 3);
    server.intercept = (_, response) => {
      response.setHeader('Retry-After', '3600');
      sendProblem(response, 503, 'Busy');
      return true;
    };
    server.drop();
    await watched.until(() => watched.stream.state.phase === 'waiting' && watched.stream.state.error.kind === 'http');

    server.intercept = undefined;
    watched.stream.retryNow();

    expect(await watched.end).toBeUndefined();
    expect(watched.ids).toEqual(allIds(watched));
  });
});

describe('a refusal', () => {
  test('is an error that carries the problem details', async () => {
    const watched = new Watched({ url: `${server.url}/sse?source=nobody` });

    expect(await watched.end).toMatchObject({
      kind: 'http',
      status: 400,
      message: 'The request is not valid',
      problem: { status: 400, errors: { source: ["There is no source 'nobody'."] } },
    });
    expect(server.requests).toHaveLength(1);
  });

  test.each([429, 503])('by %i waits for as long as Retry-After says', async (status) => {
    let refusals = 1;
    server.intercept = (_, response) => {
      if (refusals-- <= 0) return false;
      response.setHeader('Retry-After', '1');
      sendProblem(response, status, 'Too much');
      return true;
    };
    const before = Date.now();
    const watched = new Watched({ url: `${server.url}/sse?words=3&pace=0`, retry: { base: 1, max: 10 } });

    expect(await watched.end).toBeUndefined();
    const waits = watched.states.flatMap((state) => (state.phase === 'waiting' ? [state] : []));
    expect(waits).toMatchObject([{ attempt: 1, error: { kind: 'http', status, retryAfter: 1000 } }]);
    expect(waits[0]?.retryAt).toBeGreaterThanOrEqual(before + 1000);
    expect(Date.now() - before).toBeGreaterThanOrEqual(1000);
  });

  test('in the middle, for a stream that is gone, is final', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=1000&pace=2` });
    await watched.until(() => watched.events.length > 5);
    server.streams.clear();
    await server.close();
    await server.listen();

    expect(await watched.end).toMatchObject({ kind: 'http', status: 404 });
    expect(watched.stream.passage).toBe(watched.text);
    expect(watched.text).not.toBe('');
  });

  test('is read no further than sixty-four kilobytes', async () => {
    let sent: () => number = () => 0;
    const { url } = await serve((_, response) => {
      response.writeHead(400, { 'Content-Type': 'application/problem+json' });
      sent = endless(response);
    });
    const watched = new Watched({ url });

    expect(await watched.end).toMatchObject({ kind: 'http', status: 400, problem: {} });
    // What the buffers in between hold is not in the reader's hand.
    expect(sent()).toBeLessThan(10_000_000);
  });
});

describe('a POST', () => {
  test('sends its body as JSON, once; the stream is resumed by GET', async () => {
    const watched = new Watched({ url: `${server.url}/sse`, method: 'POST', body: { words: 60, pace: 2 } });
    await watched.until(() => watched.events.length > 5);
    server.drop();

    expect(await watched.end).toBeUndefined();
    expect(watched.ids).toEqual(allIds(watched));
    const [first, second] = server.requests;
    expect(first).toMatchObject({ method: 'POST', path: '/sse', body: '{"words":60,"pace":2}' });
    expect(first?.headers['content-type']).toBe('application/json');
    expect(second).toMatchObject({ method: 'GET', path: `/streams/${watched.stream.streamId}/events`, body: '' });
    expect(second?.headers).not.toHaveProperty('content-type');
    expect(second?.headers).not.toHaveProperty('idempotency-key');
  });

  test('whose answer was lost is repeated with its key, and joins what the first one started', async () => {
    // Taken and acted upon, but not a byte of the answer gets through.
    server.intercept = (_, response) => {
      server.intercept = undefined;
      response.writeHead = () => response.destroy();
      return false;
    };
    const watched = new Watched({ url: `${server.url}/sse`, method: 'POST', body: { words: 5, pace: 0 } });

    expect(await watched.end).toBeUndefined();
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'POST']);
    expect(server.streams.size).toBe(1);
    expect(watched.ids).toEqual(allIds(watched));
  });

  test('that failed without a key is not repeated', async () => {
    server.intercept = (_, response) => response.destroy() !== undefined;
    const watched = new Watched({ url: `${server.url}/sse`, method: 'POST', body: {}, idempotencyKey: false });

    expect(await watched.end).toMatchObject({ kind: 'network' });
    expect(server.requests).toHaveLength(1);
  });

  test('keeps one key for all its repetitions, the one that it was given', async () => {
    let refusals = 2;
    server.intercept = (_, response) => refusals-- > 0 && response.destroy() !== undefined;
    await new Watched({ url: `${server.url}/sse`, method: 'POST', body: { words: 1, pace: 0 }, idempotencyKey: 'mine' }).end;

    expect(server.requests.map(({ headers }) => headers['idempotency-key'])).toEqual(['mine', 'mine', 'mine']);
  });

  test('that has a place to resume from becomes a GET', async () => {
    const first = new Watched({ url: `${server.url}/sse?words=5&pace=0` });
    await first.end;
    const second = new Watched({ url: `${server.url}/sse`, method: 'POST', body: { words: 5 }, lastEventId: first.ids[2] ?? '' });

    expect(await second.end).toBeUndefined();
    expect(second.ids).toEqual(first.ids.slice(3));
    expect(server.requests.at(-1)).toMatchObject({ method: 'GET', path: '/sse' });
    expect(server.streams.size).toBe(1);
  });
});

describe('headers', () => {
  test('are made anew for each connection', async () => {
    let token = 0;
    const watched = new Watched({
      url: `${server.url}/sse?words=60&pace=2`,
      headers: async () => Promise.resolve({ Authorization: `Bearer ${++token}` }),
    });
    await watched.until(() => watched.events.length > 5);
    server.drop();
    await watched.end;

    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer 1', 'Bearer 2']);
  });

  test('that cannot be made count as a failed connection', async () => {
    let calls = 0;
    const watched = new Watched({
      url: `${server.url}/sse?words=3&pace=0`,
      headers: () => {
        if (++calls === 1) throw new Error('no token today');
        return {};
      },
    });

    expect(await watched.end).toBeUndefined();
    expect(watched.states).toContainEqual(expect.objectContaining({ phase: 'waiting', error: expect.objectContaining({ kind: 'network', cause: new Error('no token today') }) }));
  });

  test('that never come do not hold a stream that is being left', async () => {
    const watched = new Watched({ url: `${server.url}/sse`, headers: () => new Promise<never>(() => undefined) });

    watched.stream.close();

    expect(await watched.end).toBeUndefined();
    expect(watched.stream.state).toEqual({ phase: 'closed' });
    expect(server.requests).toHaveLength(0);
  });
});

describe('silence', () => {
  test('for longer than the limit makes a new connection, and nothing is lost', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=100&pace=5`, idle: 100 });
    await watched.until(() => watched.events.length > 5);
    server.mute();

    expect(await watched.end).toBeUndefined();
    expect(watched.states).toContainEqual(expect.objectContaining({ phase: 'waiting', error: expect.objectContaining({ kind: 'idle' }) }));
    expect(watched.ids).toEqual(allIds(watched));
  });

  test('before the answer counts too', async () => {
    let first = true;
    server.intercept = () => {
      const hang = first;
      first = false;
      return hang;
    };
    const watched = new Watched({ url: `${server.url}/sse?words=3&pace=0`, idle: 50 });

    expect(await watched.end).toBeUndefined();
    expect(server.requests).toHaveLength(2);
  });

  test('with a heartbeat is no silence', async () => {
    await server.close();
    server = await StandIn.start({ retry: 1, heartbeat: 400 });
    const gate = new Gate();
    server.held = gate.opened;
    const watched = new Watched({ url: `${server.url}/sse?words=3&pace=0`, idle: 2_000 });
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    gate.open();

    expect(await watched.end).toBeUndefined();
    expect(server.requests).toHaveLength(1);
  });

  test('is noticed sooner once the heartbeat is known', async () => {
    await server.close();
    server = await StandIn.start({ retry: 1, heartbeat: 200 });
    const gate = new Gate();
    server.held = gate.opened;
    const watched = new Watched({ url: `${server.url}/sse?words=20&pace=0`, idle: 20_000 });
    await watched.until(() => watched.stream.state.phase === 'open');
    await new Promise((resolve) => setTimeout(resolve, 500));
    server.mute();
    const before = Date.now();
    gate.open();

    expect(await watched.end).toBeUndefined();
    expect(watched.ids).toEqual(allIds(watched));
    // An eighth of the limit that was asked for is the least that is learned.
    expect(Date.now() - before).toBeLessThan(10_000);
  });

  test('is not what a reader who does not read makes of it', async () => {
    server.script = Array.from({ length: 3000 }, (_, i) => `${i} `);
    const stream = openTextStream({ url: `${server.url}/sse?source=script&pace=0`, idle: 500 });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const texts: string[] = [];
    for await (const event of stream) if (event.type === 'segment') texts.push(event.text);

    expect(texts).toEqual(server.script);
    expect(server.requests).toHaveLength(1);
  });
});

describe('too much', () => {
  test('in one event ends the stream, after the events before it', async () => {
    server.script = ['small', 'x'.repeat(2000)];
    const watched = new Watched({ url: `${server.url}/sse?source=script&pace=0`, limits: { event: 1000 } });

    expect(await watched.end).toMatchObject({ kind: 'too-large', what: 'event', limit: 1000 });
    expect(watched.text).toBe('small');
  });

  test('in an endless line ends the stream', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('id: s.1\ndata: small\n\ndata: ');
      endless(response);
    });
    const watched = new Watched({ url, limits: { event: 100_000 } });

    expect(await watched.end).toMatchObject({ kind: 'too-large', what: 'event', limit: 100_000 });
    expect(watched.text).toBe('small');
  });

  test('in the whole passage ends the stream', async () => {
    server.script = Array.from({ length: 100 }, () => '0123456789');
    const watched = new Watched({ url: `${server.url}/sse?source=script&pace=0`, limits: { passage: 55 } });

    expect(await watched.end).toMatchObject({ kind: 'too-large', what: 'passage', limit: 55 });
    expect(watched.text).toBe('01234567890123456789012345678901234567890123456789');
    expect(watched.stream.lastEventId).toBe(watched.ids.at(-1));
  });
});

describe('leaving', () => {
  test('close() leaves the generation alone', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=1000&pace=5` });
    await watched.until(() => watched.events.length > 3);

    watched.stream.close();

    expect(await watched.end).toBeUndefined();
    expect(watched.stream.state).toEqual({ phase: 'closed' });
    await expect.poll(() => server.viewers.length).toBe(0);
    expect([...server.streams.values()].map(({ status }) => status)).toEqual(['running']);
    expect(server.requests).toHaveLength(1);
  });

  test('ends the connection also when the reader has left much unread', async () => {
    server.script = Array.from({ length: 100_000 }, () => 'x'.repeat(1_000));
    const stream = openTextStream({ url: `${server.url}/sse?source=script&pace=0` });
    await expect.poll(() => stream.passage.length).toBeGreaterThan(1_000_000);
    stream.close();

    await expect.poll(() => server.viewers.length).toBe(0);
  });

  test('by leaving the loop closes it', async () => {
    const stream = openTextStream({ url: `${server.url}/sse?words=1000&pace=5` });
    for await (const event of stream) if (event.type === 'segment') break;

    expect(stream.state).toEqual({ phase: 'closed' });
    await expect.poll(() => server.viewers.length).toBe(0);
  });

  test('by a signal that was there before throws at once', async () => {
    const watched = new Watched({ url: `${server.url}/sse`, signal: AbortSignal.abort() });

    expect(await watched.end).toMatchObject({ kind: 'aborted' });
    expect(server.requests).toHaveLength(0);
  });

  test('while it waits ends the wait', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=1000&pace=5`, retry: { base: 1, attempts: 1000 } });
    await watched.until(() => watched.events.length > 3);
    await server.close();
    await watched.until(() => watched.stream.state.phase === 'waiting');
    watched.stream.close();

    expect(await watched.end).toBeUndefined();
    await server.listen();
  });

  test('a second reader is refused', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=1&pace=0` });
    await watched.end;

    await expect(async () => {
      for await (const event of watched.stream) expect(event).toBeUndefined();
    }).rejects.toThrow(TypeError);
  });
});

describe('stop()', () => {
  test('stops the generation, and the stream ends with the event that says so', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=1000&pace=5` });
    await watched.until(() => watched.events.length > 3);

    await watched.stream.stop();

    expect(await watched.end).toBeUndefined();
    expect(watched.events.at(-1)).toMatchObject({ type: 'stopped', reason: 'requested' });
    expect(watched.stream.state).toMatchObject({ phase: 'ended', event: { type: 'stopped' } });
    expect(watched.text).toBe(serverText(watched));
  });

  test('works before the first segment', async () => {
    server.held = new Gate().opened;
    const watched = new Watched({ url: `${server.url}/sse?words=1000` });
    await watched.stream.stop();

    expect(await watched.end).toBeUndefined();
    expect(watched.events.map(({ type }) => type)).toEqual(['started', 'stopped']);
  });

  test('works while the connection is lost, and the rest is still read', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=1000&pace=5`, retry: { base: 60_000 }, random: () => 1 });
    await watched.until(() => watched.events.length > 3);
    server.intercept = ({ method }, response) => {
      if (method !== 'GET') return false;
      response.setHeader('Retry-After', '3600');
      sendProblem(response, 503, 'Busy');
      return true;
    };
    server.drop();
    await watched.until(() => watched.stream.state.phase === 'waiting' && watched.stream.state.error.kind === 'http');
    server.intercept = undefined;

    await watched.stream.stop();

    expect(await watched.end).toBeUndefined();
    expect(watched.ids).toEqual(allIds(watched));
    expect(watched.events.at(-1)).toMatchObject({ type: 'stopped' });
  });

  test('is repeated while the server is busy', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=1000&pace=5` });
    await watched.until(() => watched.events.length > 3);
    let refusals = 2;
    server.intercept = ({ method }, response) => method === 'DELETE' && refusals-- > 0 && (sendProblem(response, 503, 'Busy'), true);

    await watched.stream.stop();

    expect(await watched.end).toBeUndefined();
    expect(server.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(3);
  });

  test('that is refused says so, reads the stream on, and can be called again', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=1000&pace=5` });
    await watched.until(() => watched.events.length > 3);
    server.intercept = ({ method }, response) => method === 'DELETE' && (sendProblem(response, 403, 'Not yours'), true);

    await expect(watched.stream.stop()).rejects.toMatchObject({ kind: 'http', status: 403, message: 'Not yours' });
    await watched.until(() => watched.stream.state.phase === 'open');

    server.intercept = undefined;
    await watched.stream.stop();
    expect(await watched.end).toBeUndefined();
  });

  test('closes its own connection first', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=10000&pace=5`, stopTimeout: 60_000 });
    await watched.until(() => watched.events.length > 3);
    const left = new Gate();
    server.intercept = ({ method }, response) => {
      if (method !== 'DELETE') return false;
      server.intercept = undefined;
      // The answer is sent only after the connection of the stream was closed.
      void left.opened.then(() => response.writeHead(503, { 'Retry-After': '0' }).end());
      return true;
    };
    const stopped = watched.stream.stop();
    await expect.poll(() => server.viewers.length, { timeout: 30_000 }).toBe(0);
    left.open();
    await stopped;

    expect(await watched.end).toBeUndefined();
    expect(watched.ids).toEqual(allIds(watched));
    expect(watched.events.at(-1)).toMatchObject({ type: 'stopped' });
  });

  test('without an answer rejects after its time limit, and the stream is read on', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=1000&pace=5`, stopTimeout: 100 });
    await watched.until(() => watched.events.length > 3);
    server.intercept = ({ method }) => method === 'DELETE';

    await expect(watched.stream.stop()).rejects.toMatchObject({ kind: 'network', message: 'The server did not confirm the stop within 0.1 seconds.' });
    const seen = watched.events.length;
    await watched.until(() => watched.events.length > seen);
    watched.stream.close();
    await watched.end;
  });

  test('before an answer to the request closes the stream after the time limit', async () => {
    server.intercept = () => true;
    const watched = new Watched({ url: `${server.url}/sse`, stopTimeout: 50 });
    await watched.stream.stop();

    expect(await watched.end).toBeUndefined();
    expect(watched.stream.state).toEqual({ phase: 'closed' });
  });

  test('sends the headers that every request sends', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=1000&pace=5`, headers: () => ({ Authorization: 'Bearer key' }) });
    await watched.until(() => watched.events.length > 3);
    await watched.stream.stop();
    await watched.end;

    expect(server.requests.find(({ method }) => method === 'DELETE')).toMatchObject({ method: 'DELETE', path: `/streams/${watched.stream.streamId}`, headers: { authorization: 'Bearer key' } });
  });

  test('before anything could be started leaves it at that', async () => {
    server.intercept = (_, response) => {
      response.setHeader('Retry-After', '3600');
      sendProblem(response, 503, 'Busy');
      return true;
    };
    const watched = new Watched({ url: `${server.url}/sse` });
    await watched.until(() => watched.stream.state.phase === 'waiting');

    await watched.stream.stop();

    expect(await watched.end).toBeUndefined();
    expect(watched.stream.state).toEqual({ phase: 'closed' });
  });

  test('after the end does nothing', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=2&pace=0` });
    await watched.end;
    await watched.stream.stop();

    expect(server.requests).toHaveLength(1);
  });
});

describe('a connection', () => {
  test('is made when beforeConnect resolves, also after one that was lost', async () => {
    const gates = [new Gate(), new Gate()];
    let calls = 0;
    const watched = new Watched({ url: `${server.url}/sse?words=60&pace=5`, beforeConnect: async () => gates[calls++]?.opened });
    expect(server.requests).toHaveLength(0);
    gates[0]?.open();
    await watched.until(() => watched.events.length > 3);
    server.drop();
    await expect.poll(() => calls).toBe(2);
    expect(server.requests).toHaveLength(1);
    gates[1]?.open();

    expect(await watched.end).toBeUndefined();
    expect(watched.ids).toEqual(allIds(watched));
  });

  test('that is paused continues after the last event, and counts as no failure', async () => {
    const watched = new Watched({ url: `${server.url}/sse?words=100&pace=5` });
    await watched.until(() => watched.events.length > 3);
    watched.stream.pause(50);

    expect(await watched.end).toBeUndefined();
    expect(watched.ids).toEqual(allIds(watched));
    expect(server.requests).toHaveLength(2);
    expect(watched.phases).not.toContain('waiting');
  });
});

describe('joining', () => {
  test('a running stream by its id gives all of it, then what comes live', async () => {
    const first = new Watched({ url: `${server.url}/sse?words=60&pace=2` });
    await first.until(() => first.events.length > 10);
    const second = new Watched({ url: `${server.url}/streams/${first.stream.streamId}/events` });

    await Promise.all([first.end, second.end]);

    expect(second.ids).toEqual(first.ids);
    expect(second.text).toBe(serverText(first));
  });

  test('can stop what it joined in the middle', async () => {
    const first = new Watched({ url: `${server.url}/sse?words=1000&pace=2` });
    await first.until(() => first.events.length > 10);
    const second = new Watched({ url: `${server.url}/streams/${first.stream.streamId}/events`, lastEventId: first.stream.lastEventId });
    await second.until(() => second.events.length > 0);
    await second.stream.stop();

    expect(await first.end).toBeUndefined();
    expect(first.events.at(-1)).toMatchObject({ type: 'stopped' });
  });
});

describe('the browser says', () => {
  /** What the module looks at of a browser. */
  function stubBrowser(): { window: EventTarget; document: EventTarget & { visibilityState: string }; navigator: { onLine: boolean } } {
    const document = Object.assign(new EventTarget(), { visibilityState: 'visible', baseURI: 'http://localhost/' });
    const browser = { window: new EventTarget(), document, navigator: { onLine: true } };
    vi.stubGlobal('window', browser.window);
    vi.stubGlobal('document', browser.document);
    vi.stubGlobal('navigator', browser.navigator);
    return browser;
  }

  /** A stream that has lost its connection and would wait an hour. */
  async function waitingStream(): Promise<Watched> {
    await server.close();
    server = await StandIn.start({ retry: 3_600_000 });
    const watched = new Watched({ url: `${server.url}/sse?words=100&pace=2`, random: () => 1 });
    await watched.until(() => watched.events.length > 3);
    server.drop();
    await watched.until(() => watched.stream.state.phase === 'waiting');
    return watched;
  }

  test('that the network is back, and the wait is over', async () => {
    const { window } = stubBrowser();
    const watched = await waitingStream();
    window.dispatchEvent(new Event('offline'));
    window.dispatchEvent(new Event('online'));

    expect(await watched.end).toBeUndefined();
    expect(watched.ids).toEqual(allIds(watched));
  });

  test('that the page is visible again, and the wait is over', async () => {
    const { document } = stubBrowser();
    const watched = await waitingStream();
    document.visibilityState = 'hidden';
    document.dispatchEvent(new Event('visibilitychange'));
    // Time enough for a connection that should not be made.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(watched.stream.state.phase).toBe('waiting');
    document.visibilityState = 'visible';
    document.dispatchEvent(new Event('visibilitychange'));

    expect(await watched.end).toBeUndefined();
  });

  test('that the network is back, which is no reason not to wait for as long as the server asked', async () => {
    const { window, document } = stubBrowser();
    server.intercept = (_, response) => (response.setHeader('Retry-After', '3600'), sendProblem(response, 503, 'Busy'), true);
    const watched = new Watched({ url: `${server.url}/sse` });
    await watched.until(() => watched.stream.state.phase === 'waiting');
    window.dispatchEvent(new Event('online'));
    document.dispatchEvent(new Event('visibilitychange'));
    // Time enough for a request that should not be made.
    await new Promise((resolve) => setTimeout(resolve, 100));
    watched.stream.close();
    await watched.end;

    expect(server.requests).toHaveLength(1);
  });

  test('that the network was away: a connection that was silent since is made anew', async () => {
    const { window } = stubBrowser();
    const watched = new Watched({ url: `${server.url}/sse?words=200&pace=2` });
    await watched.until(() => watched.events.length > 3);
    const [sent] = server.mute();
    await watched.until(() => watched.events.length === sent);
    window.dispatchEvent(new Event('offline'));
    window.dispatchEvent(new Event('online'));

    expect(await watched.end).toBeUndefined();
    expect(watched.ids).toEqual(allIds(watched));
    expect(watched.phases).not.toContain('waiting');
  });

  test('that it is offline: attempts do not count', async () => {
    const { navigator, window } = stubBrowser();
    const watched = new Watched({ url: `${server.url}/sse?words=100&pace=2`, retry: { base: 1, max: 2, attempts: 2 } });
    await watched.until(() => watched.events.length > 3);
    navigator.onLine = false;
    await server.close();
    await watched.until(() => watched.phases.filter((phase) => phase === 'waiting').length > 10);
    expect(watched.states.at(-1)).not.toMatchObject({ phase: 'failed' });
    await server.listen();
    navigator.onLine = true;
    window.dispatchEvent(new Event('online'));

    expect(await watched.end).toBeUndefined();
    expect(watched.ids).toEqual(allIds(watched));
  });

  test('nothing any more once the stream is over', async () => {
    const { window, document } = stubBrowser();
    const removed: string[] = [];
    for (const target of [window, document]) {
      vi.spyOn(target, 'removeEventListener').mockImplementation((name) => void removed.push(name));
    }
    await new Watched({ url: `${server.url}/sse?words=1&pace=0` }).end;

    expect(removed.toSorted()).toEqual(['offline', 'online', 'visibilitychange']);
  });
});

/** Writes until the client has had enough, and tells how much that was. */
function endless(response: ServerResponse): () => number {
  const piece = 'x'.repeat(16_384);
  let sent = 0;
  const more = () => {
    do sent += piece.length;
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', more);
  more();
  return () => sent;
}
