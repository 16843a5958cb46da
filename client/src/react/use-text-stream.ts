'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import { openTextStream, type TextStream, type TextStreamError, type TextStreamOptions, type TextStreamState } from '../text-stream/index.js';
import { Routes } from '../text-stream/routes.js';

/** `url` is the address that starts a generation (`…/sse`). */
export interface UseTextStreamOptions extends Omit<TextStreamOptions, 'method' | 'body' | 'idempotencyKey' | 'lastEventId' | 'signal' | 'onState'> {
  /** The stream to read from its beginning, for example the one that a page showed before it was reloaded. */
  readonly streamId?: string | undefined;
  /** Stops the generation when the component is unmounted. Otherwise it continues, and `streamId` resumes it. */
  readonly stopOnUnmount?: boolean;
}

interface View {
  /** The whole passage so far. */
  readonly text: string;
  /** `undefined` before the first stream. */
  readonly state: TextStreamState | undefined;
  /** Known once the stream has started. */
  readonly streamId: string | undefined;
}

export interface UseTextStreamResult extends View {
  /** The phase of the state, but `completed` or `stopped` for a stream that has ended. Only `completed` means the whole text. */
  readonly status: 'idle' | TextStreamState['phase'] | 'completed' | 'stopped';
  /** Why the stream failed, or waits for its next connection. */
  readonly error: TextStreamError | undefined;
  /** Starts a generation by POST and leaves the stream before it. */
  readonly start: (body: object) => void;
  /** Reads a stream from its beginning, and leaves the stream before it. */
  readonly resume: (streamId: string) => void;
  /** Stops the generation for every viewer. Rejects if the server does not confirm. */
  readonly stop: () => Promise<void>;
}

/** Shows one text stream at a time. The functions that it returns never change, so effects can depend on them. */
export function useTextStream(options: UseTextStreamOptions): UseTextStreamResult {
  const { streamId } = options;
  const [view, setView] = useState<View>({ text: '', state: undefined, streamId });
  const latest = useRef(options);
  const current = useRef<TextStream>(undefined);
  const isLeaving = useRef(false);

  const open = useCallback((request: Pick<TextStreamOptions, 'url' | 'method' | 'body'>) => {
    current.current?.close();
    const show = () => {
      if (current.current === stream) setView({ text: stream.passage, state: stream.state, streamId: stream.streamId });
    };
    const headers = () => latest.current.headers?.() ?? {};
    const stream = openTextStream({ ...latest.current, ...request, headers, onState: show });
    current.current = stream;
    show();
    void readAll(stream, show);
  }, []);
  const start = useCallback((body: object) => open({ url: latest.current.url, method: 'POST', body }), [open]);
  const resume = useCallback((id: string) => open({ url: new Routes(latest.current.url).events(id) }), [open]);
  const stop = useCallback(async () => current.current?.stop(), []);

  useEffect(() => {
    latest.current = options;
  });
  useEffect(() => {
    const shown = current.current;
    // The stream that `start` has opened is not opened again when the caller hands its id back.
    if (streamId !== undefined && (shown?.streamId !== streamId || shown.state.phase === 'closed')) resume(streamId);
  }, [streamId, resume]);
  useEffect(() => {
    isLeaving.current = false;
    return () => {
      isLeaving.current = true;
      // StrictMode mounts a component again at once, which is no reason to leave the stream.
      queueMicrotask(() => {
        if (isLeaving.current) void leave(current.current, latest.current.stopOnUnmount);
      });
    };
  }, []);

  const { state } = view;
  const status = state === undefined ? 'idle' : state.phase === 'ended' ? (state.event?.type ?? 'ended') : state.phase;
  return { ...view, status, error: state !== undefined && 'error' in state ? state.error : undefined, start, resume, stop };
}

async function readAll(stream: TextStream, onEvent: () => void): Promise<void> {
  try {
    for await (const _ of stream) onEvent();
  } catch {
    // The state has the error.
  }
}

async function leave(stream: TextStream | undefined, stopsGeneration = false): Promise<void> {
  try {
    if (stopsGeneration) await stream?.stop();
  } catch {
    // The component that could show the error is gone.
  } finally {
    stream?.close();
  }
}
