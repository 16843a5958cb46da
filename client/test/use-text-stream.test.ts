import { createElement, StrictMode, useEffect } from 'react';
import type { Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { useTextStream, type UseTextStreamOptions, type UseTextStreamResult } from '../src/react/use-text-stream';
import { newRoot } from './react-root';
import { StandIn } from './server';
import { Gate } from './watch';

let server: StandIn;
let root: Root;
/** What the hook returned in the latest render, and all texts that were rendered. */
let shown: UseTextStreamResult;
let texts: string[];

beforeEach(async () => {
  server = await StandIn.start({ retry: 1 });
  root = newRoot();
  shown = {} as UseTextStreamResult;
  texts = [];
});

afterEach(async () => {
  root.unmount();
  await server.close();
});

interface ReaderProps extends Partial<UseTextStreamOptions> {
  readonly startWith?: object;
}

function Reader({ startWith, ...options }: ReaderProps): string {
  shown = useTextStream({ url: `${server.url}/sse`, retry: { base: 1, max: 10 }, ...options });
  texts.push(shown.text);
  const { start } = shown;
  useEffect(() => {
    if (startWith !== undefined) start(startWith);
  }, [startWith, start]);
  return shown.text;
}

function render(props: ReaderProps = {}, strict = false): void {
  const reader = createElement(Reader, props);
  root.render(strict ? createElement(StrictMode, null, reader) : reader);
}

async function renderAndWait(props: ReaderProps = {}): Promise<void> {
  const before = texts.length;
  render(props);
  await expect.poll(() => texts.length).toBeGreaterThan(before);
}

const statusOf = () => shown.status;
const requests = () => server.requests.map(({ method, path }) => `${method} ${path}`);
const pathOf = (streamId: string | undefined) => `/streams/${streamId}`;

function onlyStream() {
  const [stream] = server.streams.values();
  if (stream === undefined || server.streams.size !== 1) throw new Error(`There are ${server.streams.size} streams.`);
  return stream;
}

describe('useTextStream', () => {
  test('is idle before the first stream', async () => {
    await renderAndWait();

    expect(shown).toMatchObject({ text: '', status: 'idle', error: undefined, streamId: undefined });
    expect(server.requests).toEqual([]);
  });

  test('shows the whole passage so far, and its end', async () => {
    await renderAndWait();
    shown.start({ words: 60, pace: 5 });
    await expect.poll(statusOf).toBe('completed');

    const { id, text } = onlyStream();
    expect(shown).toMatchObject({ text, streamId: id, error: undefined });
    expect(texts.every((part) => text.startsWith(part))).toBe(true);
    expect(new Set(texts).size).toBeGreaterThan(2);
  });

  test('continues a passage over broken connections, with the headers of the latest render', async () => {
    await renderAndWait({ headers: () => ({ 'X-Token': 'first' }) });
    shown.start({ words: 300, pace: 5 });
    await expect.poll(() => shown.text).not.toBe('');
    await renderAndWait({ headers: () => ({ 'X-Token': 'second' }) });
    server.drop();
    await expect.poll(statusOf).toBe('completed');

    expect(shown.text).toBe(onlyStream().text);
    expect(server.requests.map(({ headers }) => headers['x-token'])).toEqual(['first', 'second']);
  });

  test('stops the generation', async () => {
    await renderAndWait();
    shown.start({ words: 100_000, pace: 5 });
    await expect.poll(() => shown.text).not.toBe('');
    await shown.stop();
    await expect.poll(statusOf).toBe('stopped');

    expect(shown.text).toBe(onlyStream().text);
  });

  test('says why a stream failed', async () => {
    await renderAndWait();
    shown.start({ source: 'failing', pace: 0 });
    await expect.poll(statusOf).toBe('failed');
    expect(shown.error?.kind).toBe('failed');
    expect(shown.text).toBe(onlyStream().text);

    shown.resume('unknown');
    await expect.poll(() => shown.error).toMatchObject({ kind: 'http', status: 404 });
    expect(shown.text).toBe('');
  });

  test('shows the last of the streams that it was asked for', async () => {
    await renderAndWait();
    shown.start({ words: 100_000, pace: 5 });
    await expect.poll(() => shown.text).not.toBe('');
    shown.start({ source: 'chat', prompt: 'Hello', pace: 0 });
    await expect.poll(statusOf).toBe('completed');

    expect(shown.text).toBe('Answer 1 to *Hello*.');
    expect(server.viewers).toHaveLength(0);
    expect([...server.streams.values()].map(({ status }) => status)).toEqual(['running', 'completed']);
  });

  test('leaves a stream when it is unmounted, and resumes it when it is mounted with its id', async () => {
    await renderAndWait();
    shown.start({ words: 300, pace: 5 });
    await expect.poll(() => shown.text).not.toBe('');
    root.unmount();
    await expect.poll(() => server.viewers).toHaveLength(0);
    const { id, status } = onlyStream();
    expect(status).toBe('running');

    root = newRoot();
    render({ streamId: id });
    await expect.poll(statusOf).toBe('completed');
    expect(shown.text).toBe(onlyStream().text);
    expect(requests()).toEqual(['POST /sse', `GET ${pathOf(id)}/events`]);
  });

  test('stops the generation when it is unmounted, if asked to', async () => {
    await renderAndWait({ stopOnUnmount: true });
    shown.start({ words: 100_000, pace: 5 });
    await expect.poll(() => shown.text).not.toBe('');
    root.unmount();

    await expect.poll(() => onlyStream().status).toBe('stopped');
    await expect.poll(() => server.viewers).toHaveLength(0);
  });

  test('does not read the stream again whose id is handed back to it', async () => {
    const gate = new Gate();
    server.held = gate.opened;
    await renderAndWait();
    shown.start({ words: 20, pace: 0 });
    await expect.poll(() => shown.streamId).toBeDefined();
    await renderAndWait({ streamId: shown.streamId });
    gate.open();
    await expect.poll(statusOf).toBe('completed');

    expect(requests()).toEqual(['POST /sse']);
  });

  test('reads another stream when its id changes', async () => {
    await renderAndWait({ startWith: { source: 'chat', prompt: 'one', pace: 0 } });
    await expect.poll(statusOf).toBe('completed');
    const first = shown.streamId;
    shown.start({ source: 'chat', prompt: 'two', pace: 0 });
    await expect.poll(() => shown.text).toBe('Answer 1 to *two*.');
    render({ streamId: first });

    await expect.poll(() => shown.text).toBe('Answer 1 to *one*.');
  });
});

describe('in StrictMode, which mounts everything twice,', () => {
  test('an effect starts one generation', async () => {
    render({ startWith: { words: 20, pace: 0 } }, true);
    await expect.poll(statusOf).toBe('completed');

    expect(requests()).toEqual(['POST /sse']);
    expect(shown.text).toBe(onlyStream().text);
  });

  test('a stream is read once, and not stopped', async () => {
    await renderAndWait();
    shown.start({ words: 300, pace: 5 });
    await expect.poll(() => shown.streamId).toBeDefined();
    const streamId = shown.streamId;
    root.unmount();
    await expect.poll(() => server.viewers).toHaveLength(0);

    root = newRoot();
    render({ streamId, stopOnUnmount: true }, true);
    await expect.poll(statusOf).toBe('completed');
    expect(requests()).toEqual(['POST /sse', `GET ${pathOf(streamId)}/events`]);
    expect(shown.text).toBe(onlyStream().text);
  });
});
