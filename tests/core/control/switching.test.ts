import { container, Events } from '@sapphire/framework';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { definePlugin } from '#core';
import { startTestBot, type TestBot } from '#testing';
import { health } from '../../../src/plugins/health/plugin.ts';
import { get } from '../../e2e/http.ts';
import { answering, standingOf, toy } from './toy.ts';

let order: string[] = [];
let heldUp: { begun(): void; gate: Promise<void> } | undefined;
/** Needs the toy, and can be held up in the middle of a turn. */
const child = definePlugin({
  name: 'child',
  requires: ['toy'],
  services: { child: ({ container: all }) => ({ has: Reflect.get(all, 'toy').text }) },
  stop: () => void order.push('stopped'),
  conversation: {
    recall: async (_turn, context) => {
      heldUp?.begun();
      await heldUp?.gate;
      order.push('recalled');
      return {
        history: [{ userMessage: Reflect.get(context.container, 'child').has, aiResponse: '', timestamp: new Date() }],
      };
    },
  },
});
const vital = definePlugin({ name: 'vital', essential: true });

describe('a plugin that is disabled', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({
      plugins: [toy(), child, vital, answering, health()],
      environment: { RATE_LIMIT_MAX: '1000' },
    });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    for (const name of ['toy', 'child'])
      if (standingOf(name)?.state !== 'running') await container.plugins.enable(name);
  });
  const state = async () => {
    const report = (await (await get(bot, '/health')).json()) as Record<string, unknown>;
    return {
      playing: (await bot.admin().says('!play')).reply,
      chatting: (await bot.admin().says('Hello')).reply,
      route: (await get(bot, '/toy')).status,
      health: report.toy,
      listeners: container.client.listenerCount(Events.MessageCreate),
      handler: container.stores.get('interaction-handlers').has('toyHandler'),
      task: container.stores.get('scheduled-tasks').has('toyTask'),
      service: 'toy' in container,
      metric: container.metrics.getSingleMetric('toy_total') !== undefined,
    };
  };

  it('takes everything with it that it added, and brings it back when it is enabled', async () => {
    await container.plugins.disable('child');
    const before = await state();
    expect(before).toMatchObject({
      playing: 'Playing with a ball.',
      chatting: '7 warnings',
      route: 200,
      health: 'whole',
      handler: true,
      task: true,
      service: true,
      metric: true,
    });
    await container.plugins.disable('toy');
    expect(await state()).toEqual({
      playing: expect.stringMatching(/^I do not know `!play`/),
      chatting: '0 warnings',
      route: 404,
      health: undefined,
      listeners: before.listeners - 1,
      handler: false,
      task: false,
      service: false,
      metric: false,
    });
    const { plugins } = (await (await get(bot, '/health')).json()) as { plugins: object };
    expect(plugins).toMatchObject({
      toy: { state: 'disabled', since: expect.any(String) },
      answering: { state: 'running' },
    });
    await container.plugins.enable('toy');
    expect(await state()).toEqual(before);
    expect(standingOf('toy')).toEqual({ name: 'toy', state: 'running' });
  });

  it('still shows and erases what it keeps of people', async () => {
    await container.plugins.disable('child');
    await container.plugins.disable('toy');
    const { results, failed } = await container.conversation.exportData('1');
    expect([results.toy, failed]).toEqual([{ toys: ['a ball'] }, []]);
    const request = { userId: '1', scope: 'conversations', at: new Date(), key: '1' } as const;
    expect((await container.conversation.forget(request)).results.toy).toEqual({ 'a ball': 1 });
  });

  it('finishes what is under way with what it had', async () => {
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    heldUp = { begun: begun.resolve, gate: gate.promise };
    try {
      const answer = bot.user().says('Hello');
      await begun.promise;
      order = [];
      const disabled = container.plugins.disable('child');
      expect(standingOf('child')?.state).toBe('running');
      // By then it would have been stopped, if nobody waited.
      await get(bot, '/health');
      expect([standingOf('child')?.state, order]).toEqual(['disabled', []]);
      gate.resolve();
      await disabled;
      expect((await answer).reply).toBe('7 warnings');
      expect(order).toEqual(['recalled', 'stopped']);
      expect(bot.log.filter(({ level }) => level === 'error')).toEqual([]);
    } finally {
      heldUp = undefined;
    }
  });

  it('is refused where others need it, where the bot cannot do without it, and where there is nothing to do', async () => {
    const { plugins } = container;
    await expect(plugins.disable('toy')).rejects.toMatchObject({
      identifier: 'PluginNeeded',
      context: { by: ['child'] },
    });
    for (const name of ['vital', 'health'])
      await expect(plugins.disable(name)).rejects.toMatchObject({ identifier: 'PluginStays', context: { name } });
    await expect(plugins.disable('nobody')).rejects.toMatchObject({ identifier: 'UnknownPlugin' });
    await expect(plugins.enable('toy')).rejects.toMatchObject({ identifier: 'PluginIs' });
    await plugins.disable('child');
    await expect(plugins.disable('child')).rejects.toMatchObject({ identifier: 'PluginIs' });
    await plugins.disable('toy');
    await expect(plugins.enable('child')).rejects.toMatchObject({
      identifier: 'PluginNeeds',
      context: { provider: 'toy' },
    });
    await plugins.enable('toy');
    expect(standingOf('child')?.state).toBe('disabled');
  });

  it('stays so over a restart, with its services known to nobody but its rows', async () => {
    await container.plugins.disable('child');
    await container.plugins.disable('toy');
    await bot.restart();
    expect([standingOf('toy')?.state, standingOf('child')?.state]).toEqual(['disabled', 'disabled']);
    expect([(await get(bot, '/toy')).status, 'toy' in container]).toEqual([404, false]);
    expect((await container.conversation.exportData('1')).results.toy).toEqual({ toys: ['a ball'] });
    expect(await container.plugins.enable('toy')).toBe('kept');
    expect((await get(bot, '/toy')).status).toBe(200);
    await bot.restart();
    expect([standingOf('toy')?.state, standingOf('child')?.state]).toEqual(['running', 'disabled']);
  });

  it('leaves the plugins that need it parked, when it is disabled before they are there', async () => {
    await bot.database.query("UPDATE settings SET value = 'off 2026-01-01T00:00:00.000Z' WHERE name = 'plugin:toy'");
    await bot.restart();
    expect(standingOf('toy')).toEqual({ name: 'toy', state: 'disabled', since: new Date('2026-01-01') });
    const reason = 'It needs the service "toy", whose plugin is disabled.';
    expect(standingOf('child')).toMatchObject({ state: 'parked', reason });
    await container.plugins.enable('toy');
    expect(standingOf('child')?.state).toBe('running');
  });
});
