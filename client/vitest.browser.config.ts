import { defineConfig } from 'vitest/config';

/** In a real Chromium, on the page as it was built. */
export default defineConfig({
  test: {
    // On a busy machine a poll takes longer than its usual second.
    expect: { poll: { timeout: 30_000 } },
    include: ['test/browser/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
