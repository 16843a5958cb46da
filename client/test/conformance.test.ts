import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { Connection, type ConnectionListener } from '../src/text-stream/connection';
import type { Frame } from '../src/text-stream/events';
import { FrameReader } from '../src/text-stream/frame-reader';
import { IdleLimit } from '../src/text-stream/watchdog';
import data from './conformance/wpt-format-cases.json';
import { serve } from './http-server';

interface Result {
  readonly events: { type: string; data: string; lastEventId: string }[];
  retry: number | null;
  lastEventId: string;
}

const cases = data.cases.map((one) => ({
  name: one.name,
  bytes: Uint8Array.from(Buffer.from(one.bytes_b64, 'base64')),
  contentType: one.content_type,
  expected: {
    events: one.expected,
    retry: one.expected_retry,
    lastEventId: one.expected_last_event_id_for_reconnect,
  } as Result,
}));

test('the file has all cases', () => {
  expect(cases).toHaveLength(36);
});

describe.each(cases)('$name', ({ bytes, contentType, expected }) => {
  test('in one piece, byte by byte and at each split in two', () => {
    for (const pieces of waysToCut(bytes)) expect(read(pieces), describePieces(pieces)).toEqual(expected);
  });

  test('over HTTP, in one piece, byte by byte and at each split in two', async () => {
    let pieces: Uint8Array[] = [];
    const reading = new Turn();
    const { url } = await serve(async (_, response) => {
      response.writeHead(200, { 'Content-Type': contentType });
      for (const piece of pieces) {
        await write(response, piece);
        // The next piece is sent after this one was read, so that the network can't join the two.
        await reading.taken();
      }
      response.end();
    });

    for (pieces of waysToCut(bytes)) expect(await readOverHttp(url, reading), describePieces(pieces)).toEqual(expected);
  });
});

function* waysToCut(bytes: Uint8Array): Iterable<Uint8Array[]> {
  if (bytes.length === 0) {
    yield [];
    return;
  }
  yield [bytes];
  yield Array.from(bytes, (byte) => Uint8Array.of(byte));
  for (let at = 1; at < bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
}

function read(pieces: readonly Uint8Array[]): Result {
  const result: Result = { events: [], retry: null, lastEventId: '' };
  const reader = new FrameReader({
    lastEventId: '',
    maxEventCharacters: 10_000,
    onComment: () => undefined,
    onRetry: (milliseconds) => (result.retry = milliseconds),
  });
  for (const piece of pieces) result.events.push(...reader.read(piece).map(toEvent));
  result.lastEventId = reader.lastEventId;
  return result;
}

async function readOverHttp(url: string, reading: Turn): Promise<Result> {
  const result: Result = { events: [], retry: null, lastEventId: '' };
  const listener: ConnectionListener = {
    onOpen: () => undefined,
    onHeartbeat: () => undefined,
    onRetry: (milliseconds) => (result.retry = milliseconds),
    onPosition: (id) => {
      result.lastEventId = id;
      reading.take();
    },
    onFrame: (frame) => result.events.push(toEvent(frame)) > 0,
    whenReaderIsReady: () => undefined,
  };
  const connection = new Connection(new IdleLimit(60_000), listener);
  await connection.read((signal) => fetch(url, { signal }), { lastEventId: '', maxEventCharacters: 10_000 });
  return result;
}

/** Lets a writer continue after each read. */
class Turn {
  #resolve: (() => void) | undefined;
  #taken = 0;

  take(): void {
    this.#taken++;
    this.#resolve?.();
  }

  async taken(): Promise<void> {
    if (this.#taken === 0) await new Promise<void>((resolve) => (this.#resolve = resolve));
    this.#taken--;
  }
}

function toEvent({ id, event, data }: Frame): Result['events'][number] {
  return { type: event, data, lastEventId: id };
}

function describePieces(pieces: readonly Uint8Array[]): string {
  return pieces.map((piece) => JSON.stringify(Buffer.from(piece).toString('latin1'))).join(' | ');
}

function write(response: ServerResponse, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => response.write(piece, (error) => (error ? reject(error) : resolve())));
}
