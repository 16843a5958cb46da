/** RFC 9457. */
export interface ProblemDetails {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly errors?: Readonly<Record<string, readonly string[]>>;
}

/** One event as it was sent. `id` is the last event id after this event. */
export interface Frame {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

export interface StartedEvent {
  readonly type: 'started';
  readonly id: string;
  readonly streamId: string | undefined;
  readonly source: string | undefined;
}

export interface SegmentEvent {
  readonly type: 'segment';
  readonly id: string;
  readonly text: string;
}

export interface CompletedEvent {
  readonly type: 'completed';
  readonly id: string;
  readonly finishReason: string | undefined;
  /** The whole data of the event: segments, characters, usage of a model. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface StoppedEvent {
  readonly type: 'stopped';
  readonly id: string;
  readonly reason: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface FailedEvent {
  readonly type: 'failed';
  readonly id: string;
  readonly problem: ProblemDetails;
}

export type TerminalEvent = CompletedEvent | StoppedEvent | FailedEvent;
export type TextStreamEvent = StartedEvent | SegmentEvent | TerminalEvent;

export function isTerminal(event: TextStreamEvent): event is TerminalEvent {
  return event.type !== 'started' && event.type !== 'segment';
}

/** `undefined` for an unknown name: a later version of the server may send more kinds of events. */
export function readEvent({ id, event, data }: Frame): TextStreamEvent | undefined {
  switch (event) {
    case 'message':
      return { type: 'segment', id, text: data };
    case 'started': {
      const details = readObject(data);
      return { type: 'started', id, streamId: text(details.streamId), source: text(details.source) };
    }
    case 'completed': {
      const details = readObject(data);
      return { type: 'completed', id, finishReason: text(details.finishReason), details };
    }
    case 'stopped': {
      const details = readObject(data);
      return { type: 'stopped', id, reason: text(details.reason), details };
    }
    case 'failed':
      return { type: 'failed', id, problem: readObject(data) };
    default:
      return undefined;
  }
}

/** The name alone says what an event means: a stream ends even if the details are not a JSON object. */
export function readObject(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
