import { GatewayDispatchEvents, MessageFlags, MessageType } from 'discord.js';
import { describe, expect, it } from 'vitest';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { logIn, nextMessage, startSimulator } from './discordClient.ts';
import { nextPress, page, patient, pressed, row } from './pressing.ts';
import { call, meet } from './restClient.ts';

describe('an answer to a press', () => {
  it('may change the message with the button, and @original means that one from then on', async () => {
    const { ada, interaction, press } = await pressed();
    const response = await interaction.update({ ...page('Page 2', 'Back'), withResponse: true });
    expect(await press.settled).toBe('answered');
    const [message] = ada.heard;
    expect(message).toMatchObject({
      id: interaction.message.id,
      content: 'Page 2',
      components: [row('Back')],
      edited_timestamp: expect.any(String),
    });
    expect(response.resource?.message?.content).toBe('Page 2');
    expect((await interaction.fetchReply()).content).toBe('Page 2');
    expect((await interaction.editReply('Page 3')).id).toBe(message?.id);
    await interaction.deleteReply();
    expect(ada.heard).toEqual([]);
  });

  it('may put that off', async () => {
    const { ada, interaction, press } = await pressed();
    await interaction.deferUpdate();
    expect(await press.settled).toBe('answered');
    expect(ada.heard).toMatchObject([{ content: 'Page 1', edited_timestamp: null }]);
    const seen = ada.sees(({ content }) => content === 'Page 2');
    await interaction.editReply({ content: 'Page 2', components: [] });
    expect(await seen).toMatchObject({ id: interaction.message.id, components: [] });
    expect(await ada.sees(({ content }) => content === 'Page 2')).toEqual(await seen);
    await expect(ada.sees(({ content }) => content === 'Page 9', 1)).rejects.toThrow('the last are "Page 2"');
  });

  it('may be a message, which shows what it answers, and can be changed and deleted', async () => {
    const { ada, client, interaction, simulator } = await pressed();
    const told = nextMessage(client);
    const { resource, interaction: described } = await interaction.reply({ content: 'Pressed.', withResponse: true });
    const heard = await ada.hears(({ content }) => content === 'Pressed.');

    expect(heard).toMatchObject({
      type: MessageType.Reply,
      message_reference: { message_id: interaction.message.id },
      application_id: simulator.bot.id,
      webhook_id: simulator.bot.id,
      interaction_metadata: { id: interaction.id, user: { id: ada.id }, interacted_message_id: interaction.message.id },
    });
    expect((await told).id).toBe(heard.id);
    expect(resource?.message?.id).toBe(heard.id);
    expect(described).toMatchObject({ responseMessageId: heard.id, responseMessageLoading: false });
    expect((await interaction.editReply('Changed.')).id).toBe(heard.id);
    expect((await interaction.fetchReply()).content).toBe('Changed.');
    await interaction.deleteReply();
    await expect(interaction.fetchReply()).rejects.toMatchObject({ code: 10008 });
    expect(ada.heard).toMatchObject([{ content: 'Page 1' }]);
  });

  it('may bring files with their descriptions', async () => {
    const { ada, interaction } = await pressed();
    const file = { attachment: Buffer.from('{}'), name: 'data.json', description: 'All that is known of you' };
    await interaction.reply({ files: [file] });
    expect(ada.heard.at(-1)?.attachments).toMatchObject([{ filename: 'data.json', description: file.description }]);
  });

  it('may be promised; the person hears it when it comes', async () => {
    const { ada, interaction, press } = await pressed();
    await interaction.deferReply();
    expect(await press.settled).toBe('answered');
    const promised = ada.messages.at(-1);
    expect(promised).toMatchObject({ content: '', flags: MessageFlags.Loading });
    const heard = ada.hears(({ id }) => id === promised?.id);
    await interaction.editReply('Here it is.');
    expect(await heard).toMatchObject({ content: 'Here it is.', flags: 0, edited_timestamp: null });
  });

  it('that was promised may come as a follow-up, and others after it', async () => {
    const { ada, interaction } = await pressed();
    await interaction.deferReply();
    const first = await interaction.followUp('Here it is.');
    const second = await interaction.followUp('And more.');
    expect(ada.heard.map(({ id, content, flags }) => [id, content, flags])).toEqual([
      [interaction.message.id, 'Page 1', 0],
      [first.id, 'Here it is.', 0],
      [second.id, 'And more.', 0],
    ]);
    expect(ada.heard[2]).toMatchObject({
      message_reference: { message_id: first.id },
      interaction_metadata: { original_response_message_id: first.id },
    });
    await interaction.deleteReply(second.id);
    expect(ada.heard).toHaveLength(2);
  });

  it('may be for one person only: in no history, out of reach of the channel, but with buttons that work', async () => {
    const { ada, client, interaction, messages, simulator } = await pressed();
    const before = (await call(simulator, 'GET', messages)).body;
    const flags = MessageFlags.Ephemeral;
    await interaction.reply({ ...page('Only for you.', 'Fine'), flags });
    const secret = await ada.hears(({ content }) => content === 'Only for you.');

    expect(secret.flags).toBe(flags);
    expect((await call(simulator, 'GET', messages)).body).toEqual(before);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const answer = await call(simulator, method, `${messages}/${secret.id}`, method === 'PATCH' ? {} : undefined);
      expect(answer).toMatchObject({ status: 404, body: { code: 10008 } });
    }
    for (const fail_if_not_exists of [true, false]) {
      const message_reference = { message_id: secret.id, fail_if_not_exists };
      const { status, body } = await call(simulator, 'POST', messages, { content: 'x', message_reference });
      expect([status, body.type]).toEqual(fail_if_not_exists ? [400, undefined] : [200, MessageType.Default]);
      expect(body).not.toHaveProperty('message_reference');
    }
    const second = nextPress(client);
    ada.presses(secret, 'Fine');
    await (await second).update({ content: 'Gone.', components: [] });
    expect(ada.messages.at(-2)).toMatchObject({ id: secret.id, content: 'Gone.', flags });
    await interaction.deleteReply();
    expect(ada.heard.map(({ id }) => id)).not.toContain(secret.id);
  });

  it('for one person in the guild is heard and pressed by nobody else, and told to the bot as of no guild', async () => {
    const simulator = await startSimulator(patient);
    const [ada, bob] = ['ada', 'bob'].map((username) => simulator.addUser({ username })) as [
      SimulatedUser,
      SimulatedUser,
    ];
    for (const user of [ada, bob]) user.saysInGuild('hi');
    const client = await logIn(simulator, { intents: ['Guilds', 'DirectMessages'] });
    const path = `/channels/${simulator.guild.channel.id}/messages`;
    const { body } = await call(simulator, 'POST', path, page('Vote', 'Yes'));
    const pressed = nextPress(client);
    ada.presses(body.id, 'Yes');
    const told = Promise.withResolvers<object>();
    client.ws.on(GatewayDispatchEvents.MessageCreate, told.resolve);
    await (await pressed).reply({ ...page('Psst.', 'Shh'), flags: MessageFlags.Ephemeral });
    const secret = await ada.hearsInGuild(({ content }) => content === 'Psst.');
    const event = await told.promise;
    expect(event).toMatchObject({ id: secret.id, channel_id: simulator.guild.channel.id });
    expect(event).not.toHaveProperty('guild_id');
    expect(event).not.toHaveProperty('member');
    expect(() => bob.presses(secret, 'Shh')).toThrow('sees no message');
    await call(simulator, 'POST', path, { content: 'for all' });
    expect(await bob.hearsInGuild(({ content }) => content !== 'Vote')).toMatchObject({ content: 'for all' });
  });

  it('is never made ephemeral by a bot that just writes', async () => {
    const { simulator, ada, messages } = await meet();
    await call(simulator, 'POST', messages, { content: 'x', flags: MessageFlags.Ephemeral });
    expect(ada.heard).toMatchObject([{ flags: 0 }]);
  });

  it('that Discord would refuse leaves the press unanswered', async () => {
    const { ada, interaction, press, simulator } = await pressed();
    const path = `/interactions/${press.id}/${press.token}/callback`;
    const post = (body: object) => call(simulator, 'POST', path, body);
    expect(await post({ type: 4, data: { content: 'x'.repeat(2001) } })).toMatchObject({
      status: 400,
      body: { code: 50035, errors: { data: { content: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH' }] } } } },
    });
    expect(await post({ type: 4 })).toMatchObject({ status: 400, body: { code: 50006 } });
    for (const type of [1, 8, 9, 10, 12, 'x']) {
      expect(await post({ type })).toMatchObject({
        status: 400,
        body: { code: 50035, errors: { type: { _errors: [{ code: 'BASE_TYPE_CHOICES' }] } } },
      });
    }
    expect(await post({})).toMatchObject({ body: { errors: { type: { _errors: [{ code: 'BASE_TYPE_REQUIRED' }] } } } });
    expect(press.state).toBe('waiting');
    expect(ada.heard).toHaveLength(1);
    await interaction.update('Page 2');
  });

  it('needs no token of the bot, but that of the press', async () => {
    const { press, simulator } = await pressed();
    const bare = { authorization: '' };
    const post = (id: string, token: string) =>
      call(simulator, 'POST', `/interactions/${id}/${token}/callback`, { type: 6 }, bare);
    expect(await post(press.id, 'wrong')).toMatchObject({ status: 404, body: { code: 10062 } });
    expect(await post('1', press.token)).toMatchObject({ status: 404, body: { code: 10062 } });
    expect(await post(press.id, press.token)).toMatchObject({ status: 204, body: undefined });
    expect(await post(press.id, press.token)).toMatchObject({ status: 400, body: { code: 40060 } });
  });

  it('to a message that is gone by now is told so', async () => {
    const { interaction, messages, simulator } = await pressed();
    await call(simulator, 'DELETE', `${messages}/${interaction.message.id}`);
    await expect(interaction.update('Page 2')).rejects.toMatchObject({ code: 10008 });
    await interaction.reply('Page 2');
  });
});
