import { MessageType } from 'discord.js';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { query } from './query.ts';

const hint = 'Write to me in a direct message, please: I answer there.';

describe.skipIf(!inject('postgres'))('a message that is no direct message of a person', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot();
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  /** What the bot took on, of all that was said. */
  const taken = async (ids: readonly string[]) =>
    (
      await query<{ message_id: string }>(bot.environment, 'SELECT message_id FROM turns WHERE message_id = ANY($1)', [
        ids,
      ])
    ).map(({ message_id }) => message_id);

  it('in a guild is answered with a hint when it mentions the bot, whatever it says', async () => {
    const ada = bot.person();
    for (const text of ['Hello', '!help', '/limits', '']) {
      ada.saysInGuild(text);
      const answer = await ada.hearsInGuild();
      expect(answer.content).toBe(hint);
      expect(answer.mentions).toEqual([]);
    }
    expect(ada.heard).toEqual([]);
    expect(bot.workflow.calls.filter(({ body }) => body.userId === ada.id)).toEqual([]);
  });

  it('in a guild is passed over when it does not mention the bot', async () => {
    const ada = bot.person();
    const ids = ['Hello', '!help', '/limits', '@everyone', `<@${ada.id}>`].map(
      (text) => ada.saysInGuild(text, { mention: false }).id,
    );
    const mentioned = ada.saysInGuild('And you?');
    const first = await ada.hearsInGuild();
    expect(first.content).toBe(hint);
    expect(await taken([...ids, mentioned.id])).toEqual([mentioned.id]);
  });

  it('in a guild counts in the limit like any other', async () => {
    const ada = bot.person();
    for (let n = 0; n < 5; n++) {
      ada.saysInGuild('Hello');
      expect((await ada.hearsInGuild()).content).toBe(hint);
    }
    expect((await ada.asks('Hello')).content).toMatch(/You can go on <t:\d+:R>/);
  });

  it('of a bot is passed over', async () => {
    const machine = bot.person();
    const ids = ['Hello', '!help', '/limits'].map((text) => machine.says(text, { asBot: true }).id);
    ids.push(machine.saysInGuild('Hello', { asBot: true }).id);
    expect((await bot.person().asks('Now me')).content).toBe('You said: Now me');
    expect(await taken(ids)).toEqual([]);
    expect(machine.heard).toEqual([]);
  });

  it('of Discord itself is passed over: pins, calls, joins, threads', async () => {
    const ada = bot.person();
    const { ChannelPinnedMessage, Call, UserJoin, RecipientAdd, ChannelNameChange, ThreadStarterMessage, GuildBoost } =
      MessageType;
    const types = [
      ChannelPinnedMessage,
      Call,
      UserJoin,
      RecipientAdd,
      ChannelNameChange,
      ThreadStarterMessage,
      GuildBoost,
    ];
    const ids = types.map((type) => ada.says('ada did something', { type }).id);
    expect((await ada.asks('Now me')).content).toBe('You said: Now me');
    expect(await taken(ids)).toEqual([]);
  });

  it('but a reply in a direct message is one', async () => {
    const ada = bot.person();
    const first = await ada.asks('Hello');
    ada.says('What do you mean?', { replyTo: first.id });
    expect((await ada.hears()).content).toBe('You said: What do you mean?');
    ada.says('!limits', { replyTo: first.id });
    expect((await ada.hears()).content).toMatch(/^You have 2 of 5 messages left/);
  });
});
