import { formatTail, type FormattedTail, type References } from './format';

export interface FormatRequest {
  readonly tail: string;
  readonly references: References;
}

/** `undefined` if the tail could not be formatted. */
export type FormatReply = FormattedTail | undefined;

addEventListener('message', ({ data }: MessageEvent<FormatRequest>) => postMessage(tryFormat(data)));

function tryFormat({ tail, references }: FormatRequest): FormatReply {
  try {
    return formatTail(tail, references);
  } catch (error) {
    // Deeply nested text overflows the parser's stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
