import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Halves the time that each process takes to load the packages: https://nodejs.org/api/module.html#module-compile-cache
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url));

const files = globSync('tests/**/*.test.ts');
const having = (pattern: RegExp): string[] => files.filter((file) => pattern.test(readFileSync(file, 'utf8')));
const without = (some: readonly string[], others: readonly string[]): string[] =>
  some.filter((file) => !others.includes(file));

// Sapphire keeps one bot for the whole process, and a module that is replaced stays so: such files have a process each.
const needsProcess = having(/startTestBot|#testing|createBot\b|SapphireClient|@sapphire|\bvi\b/);
// A test bot leaves the process as it found it, so files with test bots only take turns in one.
const bots = without(
  having(/startTestBot|#testing/),
  having(/createBot\b|SapphireClient|Object\.assign\(container|\bvi\b/),
);

const everywhere = {
  // A bot, a simulated Discord and a database in one test: generous, so that a busy machine fails nothing.
  testTimeout: 60_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 20_000 } },
  pool: 'forks',
} as const;

export default defineConfig({
  test: {
    // Here and in no project: each that names it would start a PostgreSQL of its own, and all see what this one provides.
    globalSetup: ['src/testing/globalSetup.ts'],
    // Most of the time is spent waiting for servers, so a machine with two cores can take on four files.
    maxWorkers: 4,
    projects: [
      { test: { ...everywhere, name: 'alone', include: without(needsProcess, bots) } },
      { test: { ...everywhere, name: 'bots', include: bots, isolate: false } },
      { test: { ...everywhere, name: 'together', include: without(files, needsProcess), isolate: false } },
    ],
  },
});
