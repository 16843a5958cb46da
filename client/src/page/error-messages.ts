import type { TextStreamError } from '../text-stream';
import { fieldErrors } from './api';

/** What the page says about an error: what happened, and what the reader can do. */
export interface ErrorMessage {
  readonly headline: string;
  readonly next: string;
  /** The server's own explanation. */
  readonly details: readonly string[];
  /** Whether another connection from the last event on can succeed. */
  readonly canContinue: boolean;
}

export function errorMessage(error: TextStreamError): ErrorMessage {
  switch (error.kind) {
    case 'network':
      return message('The server cannot be reached.', 'The text so far is kept. Check the connection, then continue.', true);
    case 'idle':
      return message('The server has gone silent.', 'The text so far is kept. Continue in a moment.', true);
    case 'mime':
      return message('The answer did not come from this server.', 'It may be from a proxy or a sign-in page. Check that, then continue.', true);
    case 'too-large':
      return message('The passage is too long for this page.', 'The server has all of it: open it as plain text.', false);
    case 'failed':
      return message('The server could not finish this passage.', 'Regenerate it, or change the request.', false, [error.problem.detail ?? error.problem.title]);
    case 'aborted':
      return message('The stream was closed.', 'Continue to read the rest.', true);
    case 'http':
      return statusMessage(error.status, [...fieldErrors(error.problem), error.problem?.detail]);
  }
}

/** The stream goes on after a stop that failed, with this text before its state. */
export function describeFailedStop(error: TextStreamError): string {
  return error.kind === 'http'
    ? `It could not be stopped: ${errorMessage(error).headline} Try again.`
    : 'The stop could not be confirmed, so the text may still be generated. Try again.';
}

function statusMessage(status: number, details: readonly (string | undefined)[]): ErrorMessage {
  switch (status) {
    case 400:
    case 422:
      return message('The server does not accept this request.', 'Change it, then generate again.', false, details);
    case 401:
    case 403:
      return message('The server wants to know who you are.', 'Enter an access token under “Connection”, then continue.', true, details);
    case 404:
    case 410:
      return message('The server no longer keeps this passage.', 'The page shows the part that arrived. Generate a new one.', false);
    case 413:
    case 414:
      return message('The prompt is too long.', 'Shorten it, then generate again.', false, details);
    case 429:
      return message('You have reached a limit of the server.', 'Wait a little, then continue.', true, details);
    case 503:
      return message('The server is busy.', 'Wait a little, then continue.', true, details);
    default:
      return message(`The server had a problem (status ${status}).`, 'Continue in a moment.', true, details);
  }
}

function message(headline: string, next: string, canContinue: boolean, details: readonly (string | undefined)[] = []): ErrorMessage {
  const given = details.filter((detail) => detail !== undefined && detail !== '') as string[];
  // The detail of a problem often repeats its only field error.
  return { headline, next, canContinue, details: [...new Set(given)] };
}
