import { Command, container, Events, InteractionHandler, InteractionHandlerTypes, Listener } from '@sapphire/framework';
import { ScheduledTask } from '@sapphire/plugin-scheduled-tasks';
import type { Message } from 'discord.js';
import { Counter } from 'prom-client';
import { expect } from 'vitest';
import { answer, definePlugin } from '#core';
import type { TestBot } from '#testing';
import type { Plugin } from '../../../src/core/definePlugin.ts';

class PlayCommand extends Command {
  override async messageRun(message: Message): Promise<void> {
    await answer(message, `Playing with ${Reflect.get(this.container, 'toy').text}.`);
  }
}

class ToyListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.MessageCreate });
  }

  override run(): void {
    // That it is there is enough.
  }
}

class ToyHandler extends InteractionHandler {
  constructor(context: InteractionHandler.LoaderContext) {
    super(context, { interactionHandlerType: InteractionHandlerTypes.Button });
  }

  override run(): void {
    // That it is there is enough.
  }
}

class ToyTask extends ScheduledTask {
  constructor(context: ScheduledTask.LoaderContext) {
    super(context, { pattern: '0 0 * * *' });
  }

  override run(): void {
    // Not in a test.
  }
}

/** A plugin with one of everything that a plugin can add, all of which can be seen from outside. */
export const toy = (change: Partial<Plugin> = {}): Plugin => {
  let timer: NodeJS.Timeout | undefined;
  return definePlugin({
    name: 'toy',
    services: {
      toy: ({ container: { metrics } }) => {
        new Counter({ name: 'toy_total', help: 'Toys.', registers: [metrics] });
        return { text: 'a ball' };
      },
    },
    commands: { play: PlayCommand },
    listeners: { toyListener: ToyListener },
    interactionHandlers: { toyHandler: ToyHandler },
    tasks: { toyTask: ToyTask },
    conversation: {
      recall: async () => ({ warnings: 7 }),
      forget: async (_request, context) => ({ [Reflect.get(context.container, 'toy').text]: 1 }),
      exportData: async (_userId, context) => ({ toys: [Reflect.get(context.container, 'toy').text] }),
    },
    routes: (app) => void app.get('/toy', () => 'squeak'),
    health: () => ({ toy: 'whole' }),
    start: () => {
      timer = setInterval(() => undefined, 60_000);
    },
    stop: () => clearInterval(timer),
    ...change,
  });
};

/** Answers every chat with what was recalled. */
export const answering = definePlugin({
  name: 'answering',
  conversation: { respond: async (_turn, { warnings }) => ({ text: `${warnings} warnings` }) },
});

/** How a plugin is, as `!plugins` knows it. */
export const standingOf = (name: string) => container.plugins.list().find((report) => report.name === name);

/** Waits until a plugin is in a state: nothing announces that. */
export async function untilIs(name: string, state: string): Promise<void> {
  await expect.poll(() => standingOf(name)?.state, { timeout: 20_000, interval: 20 }).toBe(state);
}

/** What the log says of a plugin at these levels. */
export const said = (bot: TestBot, plugin: string, ...levels: string[]): unknown[] =>
  bot.log.filter((line) => line.plugin === plugin && levels.includes(String(line.level))).map(({ msg }) => msg);
