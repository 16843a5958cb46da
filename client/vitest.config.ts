import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/*.test.ts'],
    unstubGlobals: true,
    // Thousands of small requests take their time on a busy machine.
    testTimeout: 60_000,
  },
});
