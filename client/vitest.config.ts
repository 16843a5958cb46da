import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // On a busy machine a poll takes longer than its usual second.
    expect: { poll: { timeout: 30_000 } },
    include: ['test/*.test.ts'],
    unstubGlobals: true,
    // Thousands of small requests take their time on a busy machine.
    testTimeout: 60_000,
  },
});
