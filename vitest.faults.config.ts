import { defineConfig } from 'vitest/config';

/** Whole bots, and the storage under them, in the hands of faults: minutes, not seconds, so they are no part of `npm test`. */
export default defineConfig({
  test: {
    include: ['tests/**/*.fault.ts'],
    globalSetup: ['src/testing/globalSetup.ts'],
    // An outage takes its time, and so does what comes after it.
    testTimeout: 300_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    // Each bench fills the machine.
    maxWorkers: 1,
  },
});
