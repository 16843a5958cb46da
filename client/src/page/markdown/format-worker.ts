import { formatTail, type FormattedTail, type Links } from './format';

export interface FormatRequest {
  readonly tail: string;
  readonly links: Links;
}

/** `undefined` if the tail could not be formatted. */
export type FormatReply = FormattedTail | undefined;

addEventListener('message', ({ data }: MessageEvent<FormatRequest>) => postMessage(tryFormat(data)));

function tryFormat({ tail, links }: FormatRequest): FormatReply {
  try {
    return formatTail(tail, links);
  } catch (error) {
    // Thousands of nested quotes overflow the parser's stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
