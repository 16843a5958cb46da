import { describe, expect, test } from 'vitest';
import { HttpError, MimeError } from '../src/text-stream';
import { eventStream, serve, type Handler } from './http-server';
import { Watched } from './watch';

/** The `http_cases` of the conformance data, for what a fetch client can be held to. */

const completed = 'id: s.9\nevent: completed\ndata: {}\n\n';

function answer(status: number, contentType: string, headers: Record<string, string> = {}): Handler {
  return (_, response) => {
    // 205 and the like may not carry a body; the status is what counts.
    response.writeHead(status, { ...(contentType && { 'Content-Type': contentType }), ...headers });
    response.end(status === 204 || status === 205 ? undefined : 'data: not for anyone\n\n');
  };
}

describe('status-fatal', () => {
  test.each([205, 210, 299, 404, 410])('%i ends it with an error and no further request', async (status) => {
    const server = await serve(answer(status, 'text/event-stream'));
    const watched = new Watched({ url: server.url });

    const error = await watched.end;

    expect(error).toBeInstanceOf(HttpError);
    expect(error).toMatchObject({ kind: 'http', status });
    expect(watched.events).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  test('204 ends it without an error and without a further request', async () => {
    const server = await serve(answer(204, ''));
    const watched = new Watched({ url: server.url });

    expect(await watched.end).toBeUndefined();
    expect(watched.stream.state).toEqual({ phase: 'ended', event: undefined });
    expect(server.requests).toHaveLength(1);
  });

  test('503 is retried on purpose', async () => {
    const server = await serve(answer(503, 'text/event-stream'), eventStream(completed));
    const watched = new Watched({ url: server.url });

    expect(await watched.end).toBeUndefined();
    expect(watched.events.map(({ type }) => type)).toEqual(['completed']);
    expect(server.requests).toHaveLength(2);
  });
});

describe('mime', () => {
  test.each(['x bogus', 'text/x-bogus', 'text/event-stream-x', ''])('"%s" ends it', async (contentType) => {
    const server = await serve(answer(200, contentType));
    const watched = new Watched({ url: server.url });

    const error = await watched.end;

    expect(error).toBeInstanceOf(MimeError);
    expect(error).toMatchObject({ kind: 'mime', contentType: contentType === '' ? null : contentType });
    expect(watched.events).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  test.each(['text/event-stream;', 'text/event-stream;charset=windows-1252', 'Text/Event-Stream ; charset=utf-8'])('"%s" is accepted', async (contentType) => {
    const server = await serve(eventStream(`data: ok…\n\n${completed}`, { 'Content-Type': contentType }));
    const watched = new Watched({ url: server.url });

    expect(await watched.end).toBeUndefined();
    expect(watched.text).toBe('ok…');
  });
});

test.each([301, 302, 303, 307])('a redirect by %i is followed', async (status) => {
  const server = await serve(answer(status, 'text/plain', { Location: '/elsewhere' }), eventStream(`data: ok\n\n${completed}`));
  const watched = new Watched({ url: server.url });

  expect(await watched.end).toBeUndefined();
  expect(watched.text).toBe('ok');
  expect(server.requests.map(({ url }) => url)).toEqual(['/', '/elsewhere']);
});

test('reconnect-after-eof: between the two answers it waits', async () => {
  const server = await serve(eventStream('retry: 2\ndata: ok\n\n'), eventStream(`data: data\n\n${completed}`));
  const watched = new Watched({ url: server.url, retry: { base: 60_000 } });

  expect(await watched.end).toBeUndefined();
  expect(watched.text).toBe('okdata');
  expect(watched.phases).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open', 'ended']);
});

test('reconnect-then-204: no fourth request', async () => {
  const server = await serve(eventStream('retry: 2\ndata: opened\n\n'), eventStream('data: reconnected\n\n'), answer(204, ''));
  const watched = new Watched({ url: server.url, retry: { base: 60_000 } });

  expect(await watched.end).toBeUndefined();
  expect(watched.text).toBe('openedreconnected');
  expect(watched.phases).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open', 'waiting', 'connecting', 'ended']);
  expect(server.requests).toHaveLength(3);
});

test('accept, cache-control: each request says that it wants an event stream, and from the server itself', async () => {
  const server = await serve(eventStream('id: 1\ndata: a\n\n'), eventStream(completed));
  await new Watched({ url: server.url }).end;

  expect(server.requests.map(({ headers }) => [headers.accept, headers['cache-control']])).toEqual([
    ['text/event-stream', 'no-cache'],
    ['text/event-stream', 'no-cache'],
  ]);
});

test('last-event-id-utf8: an id beyond ASCII comes back as its bytes', async () => {
  const server = await serve(eventStream('id: …\ndata: hello\n\n'), eventStream(completed));
  await new Watched({ url: server.url }).end;

  const header = server.requests[1]?.headers['last-event-id'] as string;
  expect(Buffer.from(header, 'latin1').toString('hex')).toBe('e280a6');
});

test('last-event-id-null-not-sent: an id that holds NUL is none', async () => {
  const server = await serve(eventStream('id: x\0y\ndata: hello\n\n'), eventStream(completed));
  await new Watched({ url: server.url }).end;

  expect(server.requests).toHaveLength(2);
  expect(server.requests[1]?.headers).not.toHaveProperty('last-event-id');
});

test('the id of an event that was cut off is not resumed from', async () => {
  const server = await serve(eventStream('id: 1\ndata: a\n\nid: 2\ndata: b\n'), eventStream(completed));
  const watched = new Watched({ url: server.url });
  await watched.end;

  expect(watched.text).toBe('a');
  expect(server.requests[1]?.headers['last-event-id']).toBe('1');
});

test('an id without an event is resumed from', async () => {
  const server = await serve(eventStream('id: 1\ndata: a\n\nid: 2\n\n'), eventStream(completed));
  await new Watched({ url: server.url }).end;

  expect(server.requests[1]?.headers['last-event-id']).toBe('2');
});

test('window-stop: aborted while the answer is pending, nothing happens any more', async () => {
  const server = await serve(() => undefined);
  const abort = new AbortController();
  const watched = new Watched({ url: server.url, signal: abort.signal });
  await expect.poll(() => server.requests.length).toBe(1);
  const gone = new Promise((resolve) => server.requests[0]?.socket.once('close', resolve));

  abort.abort(new Error('the reader has seen enough'));

  expect(await watched.end).toMatchObject({ kind: 'aborted', cause: new Error('the reader has seen enough') });
  await gone;
  expect(watched.phases).toEqual(['connecting', 'failed']);
  expect(server.requests).toHaveLength(1);
});
