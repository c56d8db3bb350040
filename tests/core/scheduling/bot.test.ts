import { container } from '@sapphire/framework';
import { ScheduledTask } from '@sapphire/plugin-scheduled-tasks';
import { describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import config from '../../../sapphire.config.ts';
import { definePlugin } from '../../../src/core/definePlugin.ts';
import { health } from '../../../src/plugins/health/plugin.ts';
import { hasRedis, RedisServer } from '../../support/redis.ts';

class TickTask extends ScheduledTask {
  constructor(context: ScheduledTask.LoaderContext) {
    super(context, { interval: 200 });
  }

  override run(): string {
    return 'tock';
  }
}

const answering = definePlugin({ name: 'answering', conversation: { respond: async () => ({ text: 'An answer.' }) } });
const ticking = definePlugin({ name: 'ticking', tasks: { tick: TickTask } });
const withPlugins = (...plugins: ReturnType<typeof definePlugin>[]) => ({
  config: { ...config, plugins: [answering, ...plugins, health()] },
});

async function scheduler(bot: TestBot): Promise<{ lastRuns?: Record<string, unknown> } & Record<string, unknown>> {
  const address = bot.log.findLast((line) => line.address !== undefined)?.address;
  const { scheduler } = (await (await fetch(`${address}/health`)).json()) as { scheduler: Record<string, unknown> };
  return scheduler;
}

describe.skipIf(!inject('postgres'))('the tasks that a plugin lists', () => {
  const tasks = () => [...container.stores.get('scheduled-tasks').keys()].toSorted();

  it('are there with those of the kernel', async () => {
    await using _bot = await startTestBot(withPlugins(ticking));
    expect(tasks()).toEqual(['removeOldTurns', 'tick']);
  });

  it('go away when the plugin is parked', async () => {
    const start = () => Promise.reject(new Error('No clockwork.'));
    await using _bot = await startTestBot(withPlugins({ ...ticking, start }));
    expect(tasks()).toEqual(['removeOldTurns']);
    expect(container.stores.get('scheduled-tasks').repeatedTasks.map(({ name }) => name)).toEqual(['removeOldTurns']);
  });

  it.each([
    ['of another plugin', definePlugin({ name: 'other', tasks: { tick: TickTask } }), '"tick" among their tasks'],
    ['of the kernel', definePlugin({ name: 'other', tasks: { removeOldTurns: TickTask } }), '"removeOldTurns" among'],
  ])('may not have the name of a task %s', async (_whose, other, message) => {
    await expect(startTestBot(withPlugins(ticking, other))).rejects.toMatchObject({
      code: 'DuplicatePiece',
      message: expect.stringContaining(message),
    });
  });
});

describe.skipIf(!inject('postgres') || !hasRedis())('a bot with REDIS_URL', () => {
  it('starts, answers and stops while Redis is down, and uses it when it is there', { timeout: 60_000 }, async () => {
    await using redis = await RedisServer.start();
    await redis.stop();
    await using bot = await startTestBot({ ...withPlugins(ticking), environment: { REDIS_URL: redis.url } });
    expect((await bot.person().asks('Hello')).content).toBe('An answer.');
    expect(await scheduler(bot)).toMatchObject({ engine: 'redis', state: 'waiting for redis' });
    await bot.stop();
    await bot.start();
    await redis.restart();
    await expect
      .poll(() => scheduler(bot), { timeout: 20_000 })
      .toEqual({
        engine: 'redis',
        state: 'running',
        lastRuns: { tick: { at: expect.any(String), outcome: 'success' } },
      });
    await bot.stop();
    expect(bot.log.filter(({ level }) => level === 'error')).toEqual([]);
    expect(JSON.stringify(bot.log)).not.toContain(redis.password);
  });

  it('does not start with an address that is none', async () => {
    await expect(startTestBot({ environment: { REDIS_URL: 'http://:secret@localhost' } })).rejects.toMatchObject({
      code: 'BadEnvironment',
      message: expect.stringMatching(/REDIS_URL: must be a redis or rediss address$/),
    });
  });
});
