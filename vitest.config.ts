import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/globalSetup.ts'],
    // A bot, a simulated Discord and a database in one test: generous, so that a busy machine fails nothing.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Each file has a process of its own: Sapphire keeps one bot for the whole process.
    pool: 'forks',
    // Most of the time is spent waiting for servers, so a machine with two cores can take on four files.
    maxWorkers: 4,
  },
});
