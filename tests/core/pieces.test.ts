import { Command, container, Events, Listener } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import config from '../../sapphire.config.ts';
import { answer } from '../../src/core/conversation/answer.ts';
import type { Config } from '../../src/core/defineConfig.ts';
import { definePlugin } from '../../src/core/definePlugin.ts';
import { MessageCommandErrorListener } from '../../src/listeners/messageCommandError.ts';
import { MessageCreateListener } from '../../src/listeners/messageCreate.ts';

class GreetCommand extends Command {
  override async messageRun(message: Message): Promise<void> {
    await answer(message, 'Greetings!');
  }
}

class FailCommand extends Command {
  override async messageRun(): Promise<void> {
    throw new RangeError('a bug');
  }
}

class SilentListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.MessageCreate });
  }

  override run(): void {
    // Nothing comes of it.
  }
}

const answering = definePlugin({ name: 'answering', conversation: { respond: async () => ({ text: 'An answer.' }) } });

function start(change: Partial<Config>): Promise<TestBot> {
  return startTestBot({ config: { ...config, plugins: [answering], ...change } });
}

describe.skipIf(!inject('postgres'))('the pieces of the bot', () => {
  it('are refused when two have one name, before anything is started', async () => {
    const pairs = [
      [{ commands: { help: GreetCommand } }, 'manual and the bot itself both have "help" among their commands.'],
      [
        { listeners: { CoreMessageCreate: SilentListener } },
        'manual and the bot itself both have "CoreMessageCreate" among their listeners.',
      ],
    ] as const;
    for (const [pieces, message] of pairs) {
      const refused = start({ plugins: [definePlugin({ name: 'manual', ...pieces })] });
      await expect(refused).rejects.toMatchObject({ code: 'DuplicatePiece', exitStatus: 3 });
      await expect(refused).rejects.toThrow(message);
    }
    expect(container).not.toHaveProperty('database');
  });

  it('are refused when two plugins have one name', async () => {
    const one = definePlugin({ name: 'one', commands: { greet: GreetCommand } });
    const refused = start({ plugins: [one, { ...one, name: 'other' }] });
    await expect(refused).rejects.toThrow('other and one both have "greet" among their commands. Rename one.');
  });

  it('replace Sapphire’s listener for messages: a bot is not answered, a person is, once', async () => {
    await using bot = await start({});
    expect(container.stores.get('listeners').get('CoreMessageCreate')).toBeInstanceOf(MessageCreateListener);
    // It, and who looks for what the bot's other instances say.
    expect(container.client.listenerCount(Events.MessageCreate)).toBe(2);
    const robot = bot.person();
    robot.says('I am a robot', { asBot: true });
    const ada = bot.person();
    expect((await ada.asks('Hello')).content).toBe('An answer.');
    await container.intake.drain(10_000);
    expect([ada.heard.length, robot.heard.length]).toEqual([1, 0]);
  });

  it('replace Sapphire’s listener for failed commands: the person gets one apology, the log the cause', async () => {
    await using bot = await start({ commands: { ...config.commands, fail: FailCommand } });
    expect(container.stores.get('listeners').get('CoreMessageCommandError')).toBeInstanceOf(
      MessageCommandErrorListener,
    );
    // It, and what counts commands.
    expect(container.client.listenerCount(Events.MessageCommandError)).toBe(2);
    const ada = bot.person();
    expect((await ada.asks('!fail')).content).toMatch(/^Sorry/);
    await container.intake.drain(10_000);
    expect(ada.heard).toHaveLength(1);
    const errors = bot.log.filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([{ command: 'fail', err: { type: 'RangeError', message: 'a bug' } }]);
  });

  it('of Sapphire are all there beside them', async () => {
    await using _bot = await start({});
    expect(container.stores.get('preconditions').has('DMOnly')).toBe(true);
    expect(container.stores.get('arguments').has('user')).toBe(true);
    expect(container.stores.get('listeners').has('CorePreMessageParser')).toBe(true);
  });

  it('listen to one client: a stopped bot hears nothing, the next one hears everything once', async () => {
    await using bot = await start({});
    const { client } = container;
    await bot.stop();
    expect(client.listenerCount(Events.MessageCreate)).toBe(0);
    await bot.start();
    expect(container.client).not.toBe(client);
    const ada = bot.person();
    expect((await ada.asks('Hello')).content).toBe('An answer.');
    await container.intake.drain(10_000);
    expect(ada.heard).toHaveLength(1);
  });
});
