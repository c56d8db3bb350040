import { MessageReferenceType, MessageType, RESTJSONErrorCodes } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { logIn, messageSaying, nextMessage, startSimulator } from './discordClient.ts';
import { call, meet } from './restClient.ts';

const NOBODY = '175928847299117063';

describe('a reply of the bot', () => {
  it('names and contains what it answers: in the response, in the event and in the history', async () => {
    const { simulator, ada, messages } = await meet();
    const client = await logIn(simulator);
    const question = ada.says('How are you?');

    const told = messageSaying(client, 'Well.');
    const { status, body } = await call(simulator, 'POST', messages, {
      content: 'Well.',
      message_reference: { message_id: question.id, channel_id: ada.channelId, fail_if_not_exists: true },
    });

    const reply = {
      type: MessageType.Reply,
      message_reference: {
        type: MessageReferenceType.Default,
        channel_id: ada.channelId,
        message_id: question.id,
      },
      referenced_message: question,
    };
    expect(status).toBe(200);
    expect(body).toMatchObject(reply);
    expect(body.message_reference).toEqual(reply.message_reference);
    expect((await call(simulator, 'GET', `${messages}/${body.id}`)).body).toEqual(body);
    expect((await call(simulator, 'GET', messages)).body[0]).toEqual(body);
    expect(await ada.hears()).toEqual(body);
    const event = await told;
    expect(event.reference).toEqual({
      type: MessageReferenceType.Default,
      channelId: ada.channelId,
      guildId: undefined,
      messageId: question.id,
    });
    expect(event.mentions.repliedUser?.id).toBe(ada.id);
  });

  it('names the guild, too, where it is given in one', async () => {
    const { simulator, ada } = await meet();
    const { guild } = simulator;
    const question = ada.saysInGuild('How are you?');

    const { body } = await call(simulator, 'POST', `/channels/${guild.channel.id}/messages`, {
      content: 'Well.',
      message_reference: { message_id: question.id, guild_id: guild.id },
    });

    expect(body.message_reference).toEqual({
      type: MessageReferenceType.Default,
      channel_id: guild.channel.id,
      guild_id: guild.id,
      message_id: question.id,
    });
  });

  it('contains its original as it is by now, and null once it was deleted', async () => {
    const { simulator, ada, messages } = await meet();
    const { id } = ada.says('frist');
    const pardon = { content: 'Pardon?', message_reference: { message_id: id } };
    const { body: reply } = await call(simulator, 'POST', messages, pardon);
    const original = async () => (await call(simulator, 'GET', `${messages}/${reply.id}`)).body.referenced_message;

    ada.edits(id, 'first');
    expect(await original()).toMatchObject({ id, content: 'first', edited_timestamp: expect.any(String) });
    expect((await call(simulator, 'PATCH', `${messages}/${reply.id}`, { content: 'I see.' })).body).toMatchObject({
      content: 'I see.',
      referenced_message: { content: 'first' },
    });

    ada.deletes(id);
    expect(await original()).toBeNull();
    expect((await call(simulator, 'PATCH', `${messages}/${reply.id}`, { content: 'Oh.' })).body).toMatchObject({
      type: MessageType.Reply,
      message_reference: { message_id: id },
      referenced_message: null,
    });
    expect(ada.heard[0]?.referenced_message).toBeNull();
  });

  it('contains one original only, without what that one answered and without its nonce', async () => {
    const { simulator, ada, messages } = await meet();
    const question = ada.says('one');
    const first = await call(simulator, 'POST', messages, {
      content: 'two',
      nonce: '1',
      message_reference: { message_id: question.id },
    });

    const { body } = await call(simulator, 'POST', messages, {
      content: 'three',
      message_reference: { message_id: first.body.id },
    });

    expect(body.referenced_message).toMatchObject({ content: 'two', message_reference: { message_id: question.id } });
    expect(body.referenced_message).not.toHaveProperty('referenced_message');
    expect(body.referenced_message).not.toHaveProperty('nonce');
  });
});

describe('a reference to a message that does not exist', () => {
  const unknown = { code: 'MESSAGE_REFERENCE_UNKNOWN_MESSAGE', message: 'Unknown message' };

  it.each([{}, { fail_if_not_exists: true }])('is refused by default: %o', async (choice) => {
    const { simulator, ada, messages } = await meet();
    const { id } = ada.says('gone');
    ada.deletes(id);
    const { status, body } = await call(simulator, 'POST', messages, {
      content: 'Too late.',
      message_reference: { message_id: id, ...choice },
    });
    expect(status).toBe(400);
    expect(body).toEqual({
      message: 'Invalid Form Body',
      code: RESTJSONErrorCodes.InvalidFormBodyOrContentType,
      errors: { message_reference: { _errors: [unknown] } },
    });
    expect(ada.heard).toEqual([]);
  });

  it('makes an ordinary message where the bot does not insist', async () => {
    const { simulator, ada, messages } = await meet();
    const { id } = ada.says('gone');
    ada.deletes(id);
    const { status, body } = await call(simulator, 'POST', messages, {
      content: 'Anyway.',
      message_reference: { message_id: id, fail_if_not_exists: false },
    });
    expect([status, body.type, body.mentions]).toEqual([200, MessageType.Default, []]);
    expect(body).not.toHaveProperty('message_reference');
    expect(body).not.toHaveProperty('referenced_message');
  });

  it('is refused when the message is in another channel, whether or not that one is named', async () => {
    const { simulator, ada, messages } = await meet();
    const { id, channel_id } = simulator.addUser({ username: 'bob' }).says('Elsewhere.');
    ada.says('Here.');
    const post = (message_reference: object) => call(simulator, 'POST', messages, { content: 'x', message_reference });

    expect(await post({ message_id: id })).toMatchObject(refusal(unknown));
    expect(await post({ message_id: id, channel_id, fail_if_not_exists: false })).toMatchObject(
      refusal({ code: 'REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL' }),
    );
    expect(await post({ message_id: ada.messages[0]?.id, guild_id: NOBODY })).toMatchObject(refusal(unknown));
  });

  it.each([
    ['no object', 'x', { _errors: [{ code: 'MODEL_TYPE_CONVERT' }] }],
    ['a list', [], { _errors: [{ code: 'MODEL_TYPE_CONVERT' }] }],
    ['no id', {}, { message_id: { _errors: [{ code: 'BASE_TYPE_REQUIRED' }] } }],
    ['no number', { message_id: 'last' }, { message_id: { _errors: [{ code: 'NUMBER_TYPE_COERCE' }] } }],
    ['a forward', { message_id: NOBODY, type: 1 }, { type: { _errors: [{ code: 'BASE_TYPE_CHOICES' }] } }],
  ])('is refused when it is %s', async (_what, message_reference, errors) => {
    const { simulator, ada, messages } = await meet();
    expect(await call(simulator, 'POST', messages, { content: 'x', message_reference })).toMatchObject({
      status: 400,
      body: { code: 50035, errors: { message_reference: errors } },
    });
    expect(ada.heard).toEqual([]);
  });

  it('is as bad as one to a message of the system', async () => {
    const { simulator, ada, messages } = await meet();
    const { id } = ada.says('', { type: MessageType.UserJoin });
    const message_reference = { message_id: id, fail_if_not_exists: false };
    expect(await call(simulator, 'POST', messages, { content: 'Welcome!', message_reference })).toMatchObject(
      refusal({ code: 'REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE' }),
    );
  });

  function refusal(error: object): object {
    return { status: 400, body: { code: 50035, errors: { message_reference: { _errors: [error] } } } };
  }
});

describe('the author of what is answered', () => {
  it.each([
    ['is mentioned when nothing is said about mentions', undefined, true],
    ['is not mentioned when mentions are ruled and this is left out', { parse: ['users'] }, false],
    ['is mentioned on request', { parse: [], replied_user: true }, true],
    ['is not mentioned on request', { parse: ['users'], replied_user: false }, false],
  ])('%s, in a new reply and in an edited one', async (_what, allowed_mentions, mentioned) => {
    const { simulator, ada, messages } = await meet();
    const expected = mentioned ? [ada.data] : [];
    const message_reference = { message_id: ada.says('hi').id };
    const { body } = await call(simulator, 'POST', messages, {
      content: 'Hello.',
      message_reference,
      allowed_mentions,
    });
    expect(body.mentions).toEqual(expected);
    const edit = { content: 'Hello!', allowed_mentions };
    expect((await call(simulator, 'PATCH', `${messages}/${body.id}`, edit)).body.mentions).toEqual(expected);
  });
});

describe('a reply of a person', () => {
  it('tells the bot what it answers', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);
    const { body } = await call(simulator, 'POST', `/channels/${ada.channelId}/messages`, { content: 'Hello!' });

    const told = nextMessage(client);
    const said = ada.says('And to you.', { replyTo: body.id });

    expect(said).toMatchObject({ type: MessageType.Reply, mentions: [simulator.bot], referenced_message: body });
    expect(ada.edits(said.id, 'And you?').mentions).toEqual([simulator.bot]);
    const message = await told;
    expect(message.reference?.messageId).toBe(body.id);
    expect((await message.fetchReference()).content).toBe('Hello!');
  });

  it('shows the bot no text of the guild that is none of its business', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);
    const secret = ada.saysInGuild('a secret', { mention: false });

    const told = messageSaying(client, 'look at that');
    ada.saysInGuild('look at that', { replyTo: secret.id });
    const { channel, reference } = await told;

    expect(reference?.messageId).toBe(secret.id);
    expect(channel.messages.cache.get(secret.id)?.content).toBe('');
  });
});
