import { describe, expect, test } from 'vitest';
import { backoff, parseRetryAfter } from '../src/text-stream/backoff';
import { Routes } from '../src/text-stream/routes';
import { IdleLimit } from '../src/text-stream/watchdog';

describe('backoff', () => {
  const most = () => 1;
  const options = { base: 1_000, max: 10_000, attempts: 12 };

  function ceilings(first: number): number[] {
    return [1, 2, 3, 4, 5, 6].map((attempt) => backoff(attempt, first, options, most));
  }

  test('doubles up to its maximum', () => {
    expect(ceilings(1_000)).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  test('is spread over all of it', () => {
    expect(backoff(3, 1_000, options, () => 0)).toBe(0);
    expect(backoff(3, 1_000, options, () => 0.5)).toBe(2_000);
  });

  test('begins as the server says, and grows even if that is at once', () => {
    expect(ceilings(0)).toEqual([0, 2_000, 4_000, 8_000, 10_000, 10_000]);
    expect(ceilings(3_000)).toEqual([3_000, 6_000, 10_000, 10_000, 10_000, 10_000]);
  });

  test('follows a server that asks for more than the maximum, as far as a timer can', () => {
    expect(ceilings(60_000)).toEqual(Array.from({ length: 6 }, () => 60_000));
    expect(backoff(2_000, Number.MAX_SAFE_INTEGER, options, most)).toBe(2 ** 31 - 1);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2025-01-01T00:00:00Z');

  test.each([
    ['120', 120_000],
    ['0', 0],
    ['Wed, 01 Jan 2025 00:01:00 GMT', 60_000],
    ['Tue, 31 Dec 2024 00:00:00 GMT', 0],
    ['soon', undefined],
    [null, undefined],
  ])('%s', (value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });
});

describe('the idle limit', () => {
  test('learns the heartbeat of the server', () => {
    const limit = new IdleLimit(45_000);
    limit.heartbeatAfter(15_000);
    expect(limit.milliseconds).toBe(37_500);
  });

  test('goes up at once and down slowly', () => {
    const limit = new IdleLimit(45_000);
    limit.heartbeatAfter(10_000);
    limit.heartbeatAfter(20_000);
    expect(limit.milliseconds).toBe(50_000);
    limit.heartbeatAfter(10_000);
    expect(limit.milliseconds).toBe(43_750);
  });

  test('takes no comment at the heels of something else for a heartbeat', () => {
    const limit = new IdleLimit(45_000);
    limit.heartbeatAfter(3);
    expect(limit.milliseconds).toBe(45_000);
  });

  test('gives a slower heartbeat the chance to be heard', () => {
    const limit = new IdleLimit(45_000);
    limit.expired();
    expect(limit.milliseconds).toBe(90_000);
    for (let i = 0; i < 10; i++) limit.expired();
    expect(limit.milliseconds).toBe(360_000);
  });

  test('stays within reason', () => {
    const limit = new IdleLimit(8_000);
    limit.heartbeatAfter(100);
    expect(limit.milliseconds).toBe(1_000);
    limit.heartbeatAfter(1_000_000);
    expect(limit.milliseconds).toBe(64_000);
  });
});

describe('routes', () => {
  test.each([
    ['http://h/sse?words=3', 'http://h/streams/a%2Fb'],
    ['http://h/api/v1/sse', 'http://h/api/v1/streams/a%2Fb'],
    ['http://h/api/streams/xyz/events?lastEventId=1', 'http://h/api/streams/a%2Fb'],
  ])('from %s', (opened, stream) => {
    const routes = new Routes(opened);
    expect(routes.stream('a/b').href).toBe(stream);
    expect(routes.events('a/b').href).toBe(`${stream}/events`);
    expect(routes.events(undefined).href).toBe(opened);
  });

  test('keep the grant of an address to resume, but not to stop', () => {
    const routes = new Routes('http://h/streams/a/events?grant=g%2B&lastEventId=a.1');
    expect(routes.events('a').href).toBe('http://h/streams/a/events?grant=g%2B');
    expect(routes.stream('a').href).toBe('http://h/streams/a');
  });

  test('an address may name its stream', () => {
    expect(new Routes('http://h/streams/a%2Fb/events').streamId).toBe('a/b');
    expect(new Routes('http://h/sse').streamId).toBeUndefined();
  });
});
