import { formatTail, type FormattedTail, type References } from './format';

export interface FormatRequest {
  readonly tail: string;
  readonly references: References;
}

/** `undefined` if the tail could not be formatted. */
export type FormatReply = FormattedTail | undefined;

/** `started` precedes the reply, so that the time limit does not include the start of the worker. */
export type FormatMessage = 'started' | FormatReply;

addEventListener('message', ({ data }: MessageEvent<FormatRequest>) => {
  post('started');
  post(tryFormat(data));
});

function post(message: FormatMessage): void {
  postMessage(message);
}

function tryFormat({ tail, references }: FormatRequest): FormatReply {
  try {
    return formatTail(tail, references);
  } catch (error) {
    // Deeply nested text overflows the parser's stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
