import { describe, expect, test } from 'vitest';
import { describeEnd, describeUsage } from '../src/page/end-messages';

describe('the end', () => {
  test.each([
    ['completed', 'stop', 'Complete.'],
    ['completed', 'length', 'Cut short at the length limit.'],
    ['completed', 'content_filter', 'Complete (content_filter).'],
    ['stopped', 'requested', 'Stopped.'],
    ['stopped', 'abandoned', 'Stopped, because it had no viewer.'],
  ] as const)('%s, %s', (type, reason, text) => {
    expect(describeEnd(type, reason)).toBe(text);
  });

  test('shows the usage as it was sent', () => {
    expect(describeUsage({ usage: { promptTokens: 12, completion_tokens: 3400, model: 'm' } })).toBe('prompt tokens 12, completion tokens 3,400');
    expect(describeUsage({ segments: 3 })).toBeUndefined();
  });
});
