import { defineConfig } from 'vitest/config';

/** The templates of n8n/ in a real n8n, which is installed first if it is not: minutes, so they are no part of `npm test`. */
export default defineConfig({
  test: {
    include: ['tests/n8n/**/*.n8n.ts'],
    globalSetup: ['src/testing/globalSetup.ts', 'tests/n8n/globalSetup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // They share the one n8n, and the port where it looks for the model.
    maxWorkers: 1,
  },
});
