import { container, Listener } from '@sapphire/framework';
import { Events } from 'discord.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { minutes } from '#core';
import { ControlledClock, startTestBot, type TestBot } from '#testing';
import { answering, said, standingOf, toy, untilIs } from './toy.ts';

let isBroken = true;

class UnloadableListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.MessageCreate });
  }

  override onLoad(): void {
    if (isBroken) throw new Error('No ears.');
  }

  override run(): void {
    // That it is there is enough.
  }
}

describe('a plugin that did not start', () => {
  const clock = new ControlledClock();
  let bot: TestBot;
  beforeAll(async () => {
    const broken = toy({ listeners: { unloadable: UnloadableListener } });
    bot = await startTestBot({ plugins: [broken, answering], clock });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  it('leaves no listener on the client, not even the one that could not be loaded', async () => {
    expect(standingOf('toy')).toMatchObject({ state: 'parked', reason: 'No ears.' });
    const listeners = container.client.listenerCount(Events.MessageCreate);
    const limit = container.client.getMaxListeners();
    await expect(container.plugins.enable('toy')).rejects.toMatchObject({ identifier: 'PluginDidNotStart' });
    expect(container.client.listenerCount(Events.MessageCreate)).toBe(listeners);
    expect(container.client.getMaxListeners()).toBe(limit);
    expect(bot.log.filter(({ msg }) => msg === 'The plugin did not start and is parked; the others run.')).toHaveLength(
      2,
    );
  });

  it('is tried again with growing pauses until it starts', async () => {
    expect(standingOf('toy')?.nextAttempt).toEqual(clock.at(minutes(1)));
    clock.advance(minutes(1));
    await expect.poll(() => standingOf('toy')?.nextAttempt, { timeout: 20_000 }).toEqual(clock.at(minutes(2)));
    isBroken = false;
    clock.advance(minutes(2));
    await untilIs('toy', 'running');
    expect(said(bot, 'toy', 'info')).toContain('The plugin runs again.');
  });
});
