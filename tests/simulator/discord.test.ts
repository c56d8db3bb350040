import { once } from 'node:events';
import { ChannelType, DiscordAPIError, Events, MessageType } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { logIn, nextMessage, onMessage, send, startSimulator } from './discordClient.ts';

describe('a conversation in direct messages', () => {
  it('reaches a bot that has never seen the channel', async () => {
    const simulator = await startSimulator();
    const client = await logIn(simulator);
    const ada = simulator.addUser({ username: 'ada', globalName: 'Ada' });
    expect(client.channels.cache.has(ada.channelId)).toBe(false);

    const told = nextMessage(client);
    const said = ada.says('Hello!');
    const message = await told;

    expect(message).toMatchObject({ id: said.id, content: 'Hello!', channelId: ada.channelId, guildId: null });
    expect(message.channel.type).toBe(ChannelType.DM);
    expect(message.author).toMatchObject({ id: ada.id, username: 'ada', displayName: 'Ada', bot: false });
  });

  it('carries the reply back, marked as a reply', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    onMessage(await logIn(simulator), (message) => message.reply(`You said: ${message.content}`));

    const answer = await ada.asks('Hello!');

    expect(answer).toMatchObject({
      content: 'You said: Hello!',
      type: MessageType.Reply,
      author: { id: simulator.bot.id },
    });
    expect(answer.referenced_message?.content).toBe('Hello!');
    expect(ada.messages.map(({ content }) => content)).toEqual(['Hello!', 'You said: Hello!']);
    expect(ada.heard).toEqual([answer]);
  });

  it('lets the bot write first', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);

    await client.users.send(ada.id, 'You have been warned.');

    expect((await ada.hears()).content).toBe('You have been warned.');
  });

  it('tells that the bot is typing', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    onMessage(await logIn(simulator), (message) =>
      message.channel.isSendable() ? message.channel.sendTyping() : Promise.reject(),
    );

    const typing = once(simulator, 'typing');
    ada.says('Hello!');

    expect(await typing).toEqual([{ channelId: ada.channelId, at: expect.any(Number) }]);
  });

  it('shows an edit in place of the first text, on both sides', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);
    onMessage(client, async (message) => (await message.reply('Thinking …')).edit('42'));

    const [updated, [told]] = await Promise.all([
      once(simulator, 'messageUpdate'),
      once(client, Events.MessageUpdate),
      ada.asks('?'),
    ]).then(([[message], [, after]]) => [message, [after]] as const);

    expect(updated.content).toBe('42');
    expect(told?.content).toBe('42');
    expect(ada.heard.map(({ content, edited_timestamp }) => [content, typeof edited_timestamp])).toEqual([
      ['42', 'string'],
    ]);
  });

  it('tells the bot what people edit and delete', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);
    const told = nextMessage(client);
    const { id } = ada.says('frist');
    await told;

    const edited = once(client, Events.MessageUpdate);
    ada.edits(id, 'first');
    expect((await edited)[1].content).toBe('first');

    const deleted = once(client, Events.MessageDelete);
    ada.deletes(id);
    expect((await deleted)[0].id).toBe(id);
    expect(ada.messages).toEqual([]);
  });

  it('keeps the bytes of a file that the bot sends', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const bytes = Buffer.from([0, 1, 2, 250, 251, 13, 10, 45, 45]);
    onMessage(await logIn(simulator), (message) =>
      message.reply({
        content: 'Here.',
        files: [{ attachment: bytes, name: 'my data.bin', description: 'nine bytes' }],
      }),
    );

    const { attachments } = await ada.asks('My data, please.');

    expect(attachments).toMatchObject([{ filename: 'my data.bin', size: 9, description: 'nine bytes' }]);
    const response = await fetch(attachments[0]?.url ?? '');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
  });

  it('serves the files that people send', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);

    const told = nextMessage(client);
    ada.says('', { attachments: [{ filename: 'ü.txt', content: 'Grüße', contentType: 'text/plain; charset=utf-8' }] });
    const attachment = (await told).attachments.first();

    expect(attachment).toMatchObject({ name: 'ü.txt', size: 7, contentType: 'text/plain; charset=utf-8' });
    const response = await fetch(attachment?.url ?? '');
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe('Grüße');
  });

  it('brings half a surrogate pair to the bot as it was typed', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);

    const told = nextMessage(client);
    ada.says('a\uD83D\u0000b');

    expect((await told).content).toBe('a\uD83D\u0000b');
  });

  it('says what makes a message unlike others: stickers, its kind, a bot as its author', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);

    const told = nextMessage(client);
    ada.says('', { stickers: ['wave'], type: MessageType.UserJoin, asBot: true });
    const message = await told;

    expect(message.stickers.map(({ name }) => name)).toEqual(['wave']);
    expect(message.type).toBe(MessageType.UserJoin);
    expect(message.author.bot).toBe(true);
  });

  it('refuses the bot where the person has blocked it', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);
    ada.blocksBot = true;

    const refusal = await send(client, ada.channelId, { content: 'Hello?' }).catch((error: unknown) => error);

    expect(refusal).toBeInstanceOf(DiscordAPIError);
    expect(refusal).toMatchObject({ status: 403, code: 50007 });
    expect(ada.heard).toEqual([]);
  });
});
