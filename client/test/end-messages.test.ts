import { describe, expect, test } from 'vitest';
import { HttpError, NetworkError, type CompletedEvent, type StoppedEvent } from '../src/text-stream';
import { describeEnd, type EndContext, type EndDescription } from '../src/page/end-messages';
import { describeFailedStop, errorMessage } from '../src/page/error-messages';

function end(type: 'completed' | 'stopped', reason: string | undefined, context: Partial<EndContext> = {}, details = {}): EndDescription {
  const event: CompletedEvent | StoppedEvent =
    type === 'completed' ? { type, id: 's.9', finishReason: reason, details } : { type, id: 's.9', reason, details };
  return describeEnd({ phase: 'ended', event }, { hasText: true, wasStoppedHere: false, ...context });
}

describe('the end of a text', () => {
  test.each([
    ['completed', 'stop', 'Complete.'],
    ['completed', undefined, 'Complete.'],
    ['completed', 'length', 'Cut short at the length limit.'],
    ['completed', 'content_filter', 'Cut short by a content filter.'],
    ['completed', 'tool_calls', 'Ended with a tool call, which this page does not support.'],
    ['completed', 'overloaded', 'The text may not be whole: it ended with “overloaded”.'],
    ['stopped', 'requested', 'Stopped.'],
    ['stopped', 'abandoned', 'Stopped, because it had no viewer.'],
    ['stopped', 'limit', 'Stopped at a limit of the server.'],
  ] as const)('%s, %s', (type, reason, text) => {
    expect(end(type, reason)).toMatchObject({ phase: type, text });
  });

  test.each([
    ['stop', 'The model gave no answer.'],
    [undefined, 'The model gave no answer.'],
    ['length', 'The model gave no answer before the length limit.'],
    ['content_filter', 'A content filter withheld the answer.'],
    ['tool_calls', 'The model gave no answer but a tool call, which this page does not support.'],
    ['overloaded', 'The model gave no answer: it ended with “overloaded”.'],
  ])('completed without text, %s', (reason, text) => {
    expect(end('completed', reason, { hasText: false })).toMatchObject({ phase: 'completed', text });
  });

  test('that this page stopped is no lack of viewers', () => {
    expect(end('stopped', 'abandoned', { wasStoppedHere: true }).text).toBe('Stopped.');
  });

  test('without the last event says what is missing', () => {
    expect(describeEnd({ phase: 'closed' }, { hasText: true, wasStoppedHere: true }).text).toContain('The last words could not be read');
    expect(describeEnd({ phase: 'closed' }, { hasText: false, wasStoppedHere: true }).text).toBe('Stopped before the server answered.');
  });

  test('shows the usage as it was sent', () => {
    expect(end('completed', 'stop', {}, { usage: { promptTokens: 12, completion_tokens: 3400, model: 'm' } }).usage).toBe('prompt tokens 12, completion tokens 3,400');
    expect(end('completed', 'stop', {}, { segments: 3 }).usage).toBeUndefined();
  });
});

describe('an error', () => {
  test.each([413, 414])('with status %i advises to shorten the prompt', (status) => {
    expect(errorMessage(new HttpError(status))).toMatchObject({ headline: 'The prompt is too long.', next: 'Shorten it, then generate again.', canContinue: false });
  });

  test('of a stop is a refusal with an answer, and unconfirmed without one', () => {
    expect(describeFailedStop(new HttpError(403))).toContain('It could not be stopped');
    expect(describeFailedStop(new NetworkError('The server did not confirm the stop within 10 seconds.'))).toContain('could not be confirmed');
  });
});
