import { describe, expect, test } from 'vitest';
import { HttpError, NetworkError } from '../src/text-stream';
import { describeEnd, describeUsage } from '../src/page/end-messages';
import { describeFailedStop, errorMessage } from '../src/page/error-messages';

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
    expect(describeEnd(type, reason, true)).toBe(text);
  });

  test.each([
    ['stop', 'The model gave no answer.'],
    [undefined, 'The model gave no answer.'],
    ['length', 'The model gave no answer before the length limit.'],
    ['content_filter', 'A content filter withheld the answer.'],
    ['tool_calls', 'The model gave no answer but a tool call, which this page does not support.'],
    ['overloaded', 'The model gave no answer: it ended with “overloaded”.'],
  ] as const)('completed without text, %s', (reason, text) => {
    expect(describeEnd('completed', reason, false)).toBe(text);
  });

  test('shows the usage as it was sent', () => {
    expect(describeUsage({ usage: { promptTokens: 12, completion_tokens: 3400, model: 'm' } })).toBe('prompt tokens 12, completion tokens 3,400');
    expect(describeUsage({ segments: 3 })).toBeUndefined();
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
