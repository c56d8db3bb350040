import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// Sapphire keeps one bot for the whole process, and a module that is replaced stays so: such files have a process each.
const needsProcess = /startTestBot|SapphireClient|simulator|container|\bvi\b/;
const files = globSync('tests/**/*.test.ts');
const alone = files.filter((file) => needsProcess.test(readFileSync(file, 'utf8')));

export default defineConfig({
  test: {
    globalSetup: ['tests/support/globalSetup.ts'],
    // A bot, a simulated Discord and a database in one test: generous, so that a busy machine fails nothing.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Most of the time is spent waiting for servers, so a machine with two cores can take on four files.
    maxWorkers: 4,
    projects: [
      { extends: true, test: { name: 'alone', include: alone } },
      {
        extends: true,
        test: { name: 'together', include: files.filter((file) => !alone.includes(file)), isolate: false },
      },
    ],
  },
});
