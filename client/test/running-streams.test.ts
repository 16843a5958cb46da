import { afterEach, describe, expect, test, vi } from 'vitest';
import { fetchRunning } from '../src/page/api';
import { describeRunning } from '../src/page/running-streams';
import { StandIn } from './server';

describe('a running stream', () => {
  const now = new Date(2026, 0, 2, 18, 0);

  test('has the time at which it was started today', () => {
    const created = new Date(2026, 0, 2, 9, 5).toISOString();
    const { name, details } = describeRunning({ source: 'lorem', created, characters: 123 }, now);
    expect(name).toBe('lorem');
    expect(details).toMatch(/^since 0?9:05\D*, 123 characters$/);
  });

  test('has the date of an earlier day', () => {
    const created = new Date(2025, 11, 31, 9, 5).toISOString();
    expect(describeRunning({ source: 'lorem', created, characters: 0 }, now).details).toMatch(/^since .*31.*2025.* 0?9:05\D*, 0 characters$/);
  });
});

describe('the list of running streams', () => {
  afterEach(() => vi.unstubAllGlobals());

  async function withServer(run: (server: StandIn) => Promise<void>): Promise<void> {
    const server = await StandIn.start();
    const { fetch } = globalThis;
    vi.stubGlobal('fetch', (path: string, init: RequestInit) => fetch(new URL(path.replace(/^https?:\/\/[^/]+/, ''), server.url), init));
    try {
      await run(server);
    } finally {
      await server.close();
    }
  }

  test('has the streams that run, newest first', async () => {
    await withServer(async (server) => {
      server.held = new Promise(() => undefined);
      const ids: string[] = [];
      for (let i = 0; i < 3; i++) {
        const started = await fetch('/streams', { method: 'POST', body: '{}' });
        ids.unshift(((await started.json()) as { id: string }).id);
      }
      await fetch(`/streams/${ids[1]}`, { method: 'DELETE' });

      expect((await fetchRunning('token')).map(({ id }) => id)).toEqual([ids[0], ids[2]]);
      const { query, headers } = server.requests.at(-1) ?? {};
      expect(`${query}`).toBe('status=running&limit=10');
      expect(headers?.authorization).toBe('Bearer token');
    });
  });

  test('is refused without a token', async () => {
    await withServer(async () => {
      await expect(fetchRunning('')).rejects.toMatchObject({ status: 403 });
    });
  });
});
