import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import config from '../sapphire.config.ts';
import { readEnvironment } from './core/config.ts';
import { createBot } from './core/createBot.ts';
import { endProcess } from './core/endProcess.ts';
import { withPlayground } from './withPlayground.ts';

process.on('uncaughtException', endProcess);

// Node writes what it has compiled for the next start (NODE_COMPILE_CACHE) when a process ends, but not when it is killed.
flushCompileCache();

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());

try {
  const { environment, options, playground } = await withPlayground(config, readEnvironment());
  const bot = await createBot(config, environment, { ...options, signal: stopping.signal });
  playground?.announce();
  const aborted = stopping.signal.aborted ? Promise.resolve() : once(stopping.signal, 'abort');
  try {
    await Promise.race([aborted, bot.failed]);
  } finally {
    await bot.stop();
    await playground?.stop();
  }
  // Not left to the event loop: a workflow that still thinks would keep it alive.
  process.exit(0);
} catch (error) {
  endProcess(error);
}
