import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import config from '../sapphire.config.ts';
import { readEnvironment } from './core/config.ts';
import { createBot } from './core/createBot.ts';
import { endProcess } from './core/endProcess.ts';
import { withPlayground } from './withPlayground.ts';

process.on('uncaughtException', endProcess);
// What the bot keeps in memory is bounded; V8 would let young and old garbage grow to several times of it.
for (const flag of ['--semi-space-growth-factor=1', '--heap-growing-percent=20']) setFlagsFromString(flag);

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());

try {
  const { environment, playground } = await withPlayground(config, readEnvironment());
  const bot = await createBot(config, environment, { signal: stopping.signal });
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
