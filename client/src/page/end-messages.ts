import type { TextStreamState } from '../text-stream';

export interface EndContext {
  readonly wasStoppedHere: boolean;
  readonly hasText: boolean;
}

export interface EndDescription {
  readonly phase: 'completed' | 'stopped';
  readonly text: string;
  readonly usage?: string | undefined;
}

/** How a text ended that did not fail. */
export function describeEnd(state: TextStreamState, { wasStoppedHere, hasText }: EndContext): EndDescription {
  if (state.phase === 'closed') {
    return { phase: 'stopped', text: hasText ? 'Stopped. The last words could not be read: reload the page to see them.' : 'Stopped before the server answered.' };
  }
  const event = state.phase === 'ended' ? state.event : undefined;
  const usage = event && describeUsage(event.details);
  if (event?.type !== 'stopped') return { phase: 'completed', text: describeFinish(event?.finishReason, hasText), usage };
  // The server may have seen the viewer leave before the request to stop arrived.
  return { phase: 'stopped', text: describeStop(wasStoppedHere ? 'requested' : event.reason), usage };
}

/** Only a text that its source finished is called complete. */
function describeFinish(reason: string | undefined, hasText: boolean): string {
  switch (reason) {
    case 'content_filter':
      return hasText ? 'Cut short by a content filter.' : 'A content filter withheld the answer.';
    case 'length':
      return hasText ? 'Cut short at the length limit.' : 'The model gave no answer before the length limit.';
    case 'tool_calls':
    case 'function_call':
      return hasText ? 'Ended with a tool call, which this page does not support.' : 'The model gave no answer but a tool call, which this page does not support.';
    case 'stop':
    case undefined:
      return hasText ? 'Complete.' : 'The model gave no answer.';
    default:
      return `${hasText ? 'The text may not be whole' : 'The model gave no answer'}: it ended with “${reason}”.`;
  }
}

function describeStop(reason: string | undefined): string {
  switch (reason) {
    case 'abandoned':
      return 'Stopped, because it had no viewer.';
    case 'limit':
      return 'Stopped at a limit of the server.';
    default:
      return 'Stopped.';
  }
}

/** The usage of a model, if the end has it: its names and numbers as they were sent. */
function describeUsage(details: Readonly<Record<string, unknown>>): string | undefined {
  const { usage } = details;
  if (typeof usage !== 'object' || usage === null) return undefined;
  const numbers = Object.entries(usage).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  if (numbers.length === 0) return undefined;
  return numbers.map(([name, number]) => `${name.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ').toLowerCase()} ${number.toLocaleString('en')}`).join(', ');
}
