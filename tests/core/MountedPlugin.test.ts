import {
  Command,
  container,
  Events,
  InteractionHandler,
  InteractionHandlerTypes,
  Listener,
  type Precondition,
} from '@sapphire/framework';
import { ActionRowBuilder, ButtonBuilder, type ButtonInteraction, ButtonStyle, type Message } from 'discord.js';
import { describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import config from '../../sapphire.config.ts';
import { AdmissionPrecondition } from '../../src/core/conversation/Admission.ts';
import { answer } from '../../src/core/conversation/answer.ts';
import { definePlugin, type Plugin } from '../../src/core/definePlugin.ts';
import { health } from '../../src/plugins/health/plugin.ts';

class GreetCommand extends Command {
  override async messageRun(message: Message): Promise<void> {
    const wave = new ButtonBuilder().setLabel('Wave').setCustomId('wave').setStyle(ButtonStyle.Primary);
    const components = [new ActionRowBuilder<ButtonBuilder>().addComponents(wave)];
    await answer(message, { content: 'Greetings!', components });
  }
}

class RefuseEverybody extends AdmissionPrecondition {
  constructor(context: Precondition.LoaderContext) {
    super(context, { position: 1 });
  }

  override async admit(): Precondition.AsyncResult {
    return this.error({ identifier: 'Refused', message: 'Nobody may do that.' });
  }
}

class WaveHandler extends InteractionHandler {
  constructor(context: InteractionHandler.LoaderContext) {
    super(context, { interactionHandlerType: InteractionHandlerTypes.Button });
  }

  override async run(interaction: ButtonInteraction): Promise<void> {
    await interaction.update({ content: 'waved', components: [] });
  }
}

let heard: string[] = [];
class EavesdropListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.MessageCreate });
  }

  override run(message: Message): void {
    if (!message.author.bot) heard.push(message.content);
  }
}

/** A plugin with one of everything, all of which shows. */
const everything: Plugin = definePlugin({
  name: 'everything',
  services: { greeting: () => ({ text: 'hello' }) },
  commands: { greet: GreetCommand },
  listeners: { eavesdrop: EavesdropListener },
  preconditions: { RefuseEverybody },
  interactionHandlers: { wave: WaveHandler },
  conversation: {
    respond: async () => ({ text: 'from everything' }),
    record: async () => void heard.push('recorded'),
    forget: async () => ({ things: 1 }),
  },
  routes: (app) => void app.get('/everything', () => 'here'),
  health: () => ({ everything: 'well' }),
});

const answering = definePlugin({
  name: 'answering',
  conversation: { respond: async () => ({ text: 'from answering' }) },
});

async function start(...plugins: Plugin[]): Promise<TestBot> {
  heard = [];
  return startTestBot({
    config: { ...config, plugins: [...plugins, answering, health()] },
  });
}

async function get(bot: TestBot, path: string): Promise<Response> {
  const address = bot.log.findLast((line) => line.address !== undefined)?.address;
  return fetch(`${address}${path}`);
}

async function plugins(bot: TestBot): Promise<unknown> {
  const report = (await (await get(bot, '/health')).json()) as { plugins: unknown };
  return report.plugins;
}

describe.skipIf(!inject('postgres'))('a plugin that starts', () => {
  it('brings everything that it lists', async () => {
    await using bot = await start({ ...everything, preconditions: {} });
    const ada = bot.person();
    expect((await ada.asks('Hello')).content).toBe('from everything');
    const greeting = await ada.asks('!greet');
    expect(greeting.content).toBe('Greetings!');
    expect(await ada.presses(greeting, 'Wave').settled).toBe('answered');
    expect(ada.heard.at(-1)?.content).toBe('waved');
    await container.intake.drain(10_000);
    expect(heard.toSorted()).toEqual(['!greet', 'Hello', 'recorded']);
    expect(await (await get(bot, '/everything')).text()).toBe('here');
    expect(await (await get(bot, '/health')).json()).toMatchObject({
      everything: 'well',
      plugins: { everything: { state: 'running' }, answering: { state: 'running' } },
    });
    expect(container).toHaveProperty('greeting', { text: 'hello' });
  });

  it('can refuse everybody', async () => {
    await using bot = await start(everything);
    expect((await bot.person().asks('Hello')).content).toBe('Nobody may do that.');
  });

  it('finds the services that it requires, whatever the order in which the plugins are listed', async () => {
    const seen: unknown[] = [];
    const needy = definePlugin({
      name: 'needy',
      requires: ['greeting'],
      services: { greeted: ({ container: all }) => seen.push(Reflect.get(all, 'greeting')) },
    });
    await using _bot = await start(needy, { ...everything, preconditions: {} });
    expect(seen).toEqual([{ text: 'hello' }]);
  });

  it('gets its own part of the environment, and a log under its name', async () => {
    const curious = definePlugin({ name: 'curious', start: ({ env, log }) => log.info({ env }, 'looking around') });
    await using bot = await start(curious);
    expect(bot.log).toContainEqual(expect.objectContaining({ plugin: 'curious', env: {}, msg: 'looking around' }));
  });
});

describe.skipIf(!inject('postgres'))('a plugin that does not start', () => {
  const broken: Plugin = {
    ...everything,
    start: () => {
      throw new Error('No ink.');
    },
  };

  it('is parked with its reason in /health and in the log, while the others run', async () => {
    await using bot = await start(broken);
    expect(await plugins(bot)).toEqual({
      everything: { state: 'parked', reason: 'No ink.', since: expect.any(String), nextAttempt: expect.any(String) },
      answering: { state: 'running' },
      health: { state: 'running' },
    });
    expect(bot.log).toContainEqual(expect.objectContaining({ level: 'error', plugin: 'everything' }));
    expect((await get(bot, '/ready')).status).toBe(200);
  });

  it('leaves nothing behind: no command, guard, listener, button, hook of turns, route, service, health', async () => {
    await using bot = await start(broken);
    const ada = bot.person();
    expect((await ada.asks('Hello')).content).toBe('from answering');
    expect((await ada.asks('!greet')).content).toMatch(/^I do not know `!greet`/);
    expect(heard).toEqual([]);
    expect(container.stores.get('interaction-handlers').has('wave')).toBe(false);
    const request = { userId: ada.id, scope: 'conversations', at: new Date(), key: '1' } as const;
    // But what it keeps of people stays theirs.
    const { results, failed } = await container.conversation.forget(request);
    expect([results, failed]).toEqual([{ 'the database': {}, everything: { things: 1 } }, []]);
    expect((await get(bot, '/everything')).status).toBe(404);
    expect(await (await get(bot, '/health')).json()).not.toHaveProperty('everything');
    expect(container).not.toHaveProperty('greeting');
  });

  it('parks the plugins that need its service too, and theirs, with the service in the reason', async () => {
    const needy = definePlugin({ name: 'needy', requires: ['greeting'], services: { second: () => ({}) } });
    const needier = definePlugin({ name: 'needier', requires: ['second'] });
    await using bot = await start(broken, needy, needier);
    expect(await plugins(bot)).toMatchObject({
      needy: { state: 'parked', reason: 'It needs the service "greeting", whose plugin is parked.' },
      needier: { state: 'parked', reason: 'It needs the service "second", whose plugin is parked.' },
      answering: { state: 'running' },
    });
  });

  it('is parked too when a service cannot be made, with the services that were made before gone', async () => {
    const halfway = definePlugin({
      name: 'halfway',
      services: {
        made: () => ({}),
        unmade: () => {
          throw new Error('No clay.');
        },
      },
    });
    await using bot = await start(halfway);
    expect(await plugins(bot)).toMatchObject({ halfway: { state: 'parked', reason: 'No clay.' } });
    expect(container).not.toHaveProperty('made');
  });

  it('is parked too when a piece cannot be loaded, with the pieces that were loaded before gone', async () => {
    class UnloadableCommand extends GreetCommand {
      override onLoad(): never {
        throw new Error('No slot.');
      }
    }
    const pieces = definePlugin({
      name: 'pieces',
      commands: { greet: GreetCommand, unloadable: UnloadableCommand },
      listeners: { eavesdrop: EavesdropListener },
    });
    await using bot = await start(pieces);
    expect(await plugins(bot)).toMatchObject({ pieces: { state: 'parked', reason: 'No slot.' } });
    expect((await bot.person().asks('!greet')).content).toMatch(/^I do not know/);
    expect(heard).toEqual([]);
  });

  it('is not stopped, as it never ran', async () => {
    const log: string[] = [];
    const bot = await start({ ...broken, stop: () => void log.push('stopped') });
    await bot[Symbol.asyncDispose]();
    expect(log).toEqual([]);
  });

  it('keeps its reason free of what people wrote', async () => {
    const quoting = definePlugin({ name: 'quoting', start: () => JSON.parse('my diagnosis') });
    await using bot = await start(quoting);
    expect(await plugins(bot)).toMatchObject({ quoting: { state: 'parked', reason: 'The text could not be parsed.' } });
  });
});

describe.skipIf(!inject('postgres'))('a plugin that does not stop', () => {
  it('is logged and keeps nothing else from stopping', async () => {
    const stopped: string[] = [];
    const stuck = definePlugin({
      name: 'stuck',
      stop: () => {
        throw new Error('Jammed.');
      },
    });
    const other = (name: string) => definePlugin({ name, stop: () => void stopped.push(name) });
    await using bot = await start(other('first'), stuck, other('last'));
    await bot.stop();
    expect(stopped).toEqual(['last', 'first']);
    expect(bot.log).toContainEqual(expect.objectContaining({ level: 'error', plugin: 'stuck' }));
    expect(container).not.toHaveProperty('database');
  });
});
