import type { TextStreamError } from '../text-stream';
import { fieldErrors } from './api';

/** An error as what has happened and what to do next. */
export interface Advice {
  readonly headline: string;
  readonly next: string;
  /** What the server itself said about it. */
  readonly details: readonly string[];
  /** Whether reading on from the last event can work. */
  readonly canContinue: boolean;
}

export function adviceFor(error: TextStreamError): Advice {
  switch (error.kind) {
    case 'network':
      return advise('The server cannot be reached.', 'All that arrived is kept. Check the connection, then continue.', true);
    case 'idle':
      return advise('The server has gone silent.', 'All that arrived is kept. Continue in a moment.', true);
    case 'mime':
      return advise('Something else answered in place of the server.', 'A proxy or a sign-in page may stand in between. Look into that, then continue.', true);
    case 'too-large':
      return advise('The passage is too long for this page.', 'The server has all of it: open it as plain text.', false);
    case 'failed':
      return advise('The server could not finish this passage.', 'Regenerate it, or ask for something else.', false, [error.problem.detail ?? error.problem.title]);
    case 'aborted':
      return advise('The passage was left.', 'Continue to read on.', true);
    case 'http':
      return adviceForStatus(error.status, [...fieldErrors(error.problem), error.problem?.detail]);
  }
}

function adviceForStatus(status: number, details: readonly (string | undefined)[]): Advice {
  switch (status) {
    case 400:
    case 422:
      return advise('The server does not accept this request.', 'Change it, then generate again.', false, details);
    case 401:
    case 403:
      return advise('The server wants to know who you are.', 'Enter an access token under “Connection”, then continue.', true, details);
    case 404:
    case 410:
      return advise('The server no longer keeps this passage.', 'What is shown is what arrived. Generate a new one.', false);
    case 413:
      return advise('The prompt is too long.', 'Shorten it, then generate again.', false, details);
    case 429:
      return advise('That is more than the server allows at a time.', 'Wait a little, then continue.', true, details);
    case 503:
      return advise('The server is busy.', 'Wait a little, then continue.', true, details);
    default:
      return advise(`The server had a problem (status ${status}).`, 'Continue in a moment.', true, details);
  }
}

function advise(headline: string, next: string, canContinue: boolean, details: readonly (string | undefined)[] = []): Advice {
  const said = details.filter((detail) => detail !== undefined && detail !== '') as string[];
  // The detail of a problem often is its one field error.
  return { headline, next, canContinue, details: [...new Set(said)] };
}

/** How a passage ended that did not fail. */
export function describeEnd(type: 'completed' | 'stopped', reason: string | undefined): string {
  if (type === 'completed') {
    if (reason === undefined || reason === 'stop') return 'Complete.';
    return reason === 'length' ? 'Cut short at the length limit.' : `Complete (${reason}).`;
  }
  switch (reason) {
    case 'abandoned':
      return 'Stopped, because nobody was watching.';
    case 'limit':
      return 'Stopped at a limit of the server.';
    default:
      return 'Stopped.';
  }
}

/** What a model used, if the end says it: names and numbers as they come. */
export function describeUsage(details: Readonly<Record<string, unknown>>): string | undefined {
  const { usage } = details;
  if (typeof usage !== 'object' || usage === null) return undefined;
  const numbers = Object.entries(usage).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  if (numbers.length === 0) return undefined;
  return numbers.map(([name, number]) => `${name.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ').toLowerCase()} ${number.toLocaleString('en')}`).join(', ');
}
