import { once } from 'node:events';
import { container } from '@sapphire/framework';
import { Events } from 'discord.js';
import { describe, expect, inject, it } from 'vitest';
import { ControlledClock, startTestBot, type TestBot } from '#testing';
import { definePlugin, type Plugin } from '../../src/core/definePlugin.ts';
import { health } from '../../src/plugins/health/plugin.ts';

function start(plugins: Plugin[], clock?: ControlledClock): Promise<TestBot> {
  return startTestBot({ plugins: [...plugins, health()], ...(clock ? { clock } : {}) });
}

async function get(bot: TestBot, path: string): Promise<[status: number, body: Record<string, unknown>]> {
  const address = bot.log.findLast((line) => line.address !== undefined)?.address;
  const response = await fetch(`${address}${path}`);
  return [response.status, (await response.json()) as Record<string, unknown>];
}

describe.skipIf(!inject('postgres'))('the status of the bot', () => {
  it('says how everything is', async () => {
    const now = Date.UTC(2026, 1, 12, 19);
    await using bot = await start([], new ControlledClock(now));
    const [status, body] = await get(bot, '/health');
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'ok',
      database: 'connected',
      uptime: expect.any(Number),
      timestamp: '2026-02-12T19:00:00.000Z',
      journal: { writes: 0, answers: 0, bytes: expect.any(Number), deadLetters: 0 },
      discord: { state: 'live', turnsInHand: 0 },
      scheduler: { engine: 'in-process', state: 'running' },
      plugins: { health: { state: 'running' } },
    });
  });

  it('counts the turns in hand', async () => {
    const answered = Promise.withResolvers<{ text: string }>();
    const slow = definePlugin({ name: 'slow', conversation: { respond: () => answered.promise } });
    await using bot = await start([slow]);
    const ada = bot.person();
    ada.says('Hello');
    await once(bot.discord, 'typing');
    expect((await get(bot, '/health'))[1]).toMatchObject({ discord: { turnsInHand: 1 } });
    answered.resolve({ text: 'Hi' });
    await ada.hears();
    await container.intake.drain(10_000);
    expect((await get(bot, '/health'))[1]).toMatchObject({ discord: { turnsInHand: 0 } });
  });

  it('adds what plugins tell, and lets none of them speak for the kernel', async () => {
    const modest = definePlugin({ name: 'modest', health: async () => ({ queue: { waiting: 2 } }) });
    const boastful = definePlugin({ name: 'boastful', health: () => ({ status: 'great', database: 'mine' }) });
    await using bot = await start([modest, boastful]);
    expect((await get(bot, '/health'))[1]).toMatchObject({
      status: 'ok',
      database: 'connected',
      queue: { waiting: 2 },
    });
  });

  it('is still told when a plugin cannot tell its own', async () => {
    const confused = definePlugin({
      name: 'confused',
      health: () => {
        throw new Error('Where am I?');
      },
    });
    await using bot = await start([confused, definePlugin({ name: 'well', health: () => ({ well: true }) })]);
    const [status, body] = await get(bot, '/health');
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'ok', well: true });
    expect(bot.log).toContainEqual(expect.objectContaining({ level: 'error', plugin: 'confused' }));
  });

  it('is ready only while the session with Discord is live; alive and healthy all the same', async () => {
    await using bot = await start([]);
    expect(await get(bot, '/ready')).toEqual([200, { status: 'ready' }]);
    const lost = once(container.client, Events.ShardReconnecting);
    bot.discord.gateway.freeze();
    bot.discord.gateway.drop();
    await lost;
    expect(await get(bot, '/ready')).toEqual([503, { status: 'not ready' }]);
    expect(await get(bot, '/alive')).toEqual([200, { status: 'alive' }]);
    expect((await get(bot, '/health'))[1]).toMatchObject({ status: 'ok', discord: { state: 'reconnecting' } });
    const resumed = once(container.client, Events.ShardResume);
    bot.discord.gateway.thaw();
    await resumed;
    expect(await get(bot, '/ready')).toEqual([200, { status: 'ready' }]);
  });
});
