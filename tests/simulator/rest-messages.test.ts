import { describe, expect, it } from 'vitest';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { call, meet } from './restClient.ts';

describe('the limits of a message', () => {
  const long = (length: number) => 'x'.repeat(length);
  const tooLong = (max: number) => ({
    _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: `Must be ${max} or fewer in length.` }],
  });
  const embed = (part: object) => ({ embeds: [{ description: 'x' }, part] });
  const inEmbed = (errors: object) => ({ embeds: { 1: errors } });
  const fields = (...list: { name: string; value: string }[]) => embed({ fields: list });
  const field = { name: 'a', value: 'b' };

  it.each([
    ['2,000 characters', { content: long(2001) }, { content: tooLong(2000) }],
    ['a nonce of 25', { content: 'x', nonce: long(26) }, { nonce: tooLong(25) }],
    ['10 embeds', { embeds: Array(11).fill({ title: 'x' }) }, { embeds: tooLong(10) }],
    ['an embed’s title', embed({ title: long(257) }), inEmbed({ title: tooLong(256) })],
    ['an embed’s description', embed({ description: long(4097) }), inEmbed({ description: tooLong(4096) })],
    ['25 fields', fields(...Array(26).fill(field)), inEmbed({ fields: tooLong(25) })],
    ['a field’s name', fields({ ...field, name: long(257) }), inEmbed({ fields: { 0: { name: tooLong(256) } } })],
    [
      'a field’s value',
      fields(field, { ...field, value: long(1025) }),
      inEmbed({ fields: { 1: { value: tooLong(1024) } } }),
    ],
    [
      '6,000 characters in all embeds',
      { embeds: [{ description: long(3000) }, { description: long(3001) }] },
      {
        embeds: { _errors: [{ code: 'MAX_EMBED_SIZE_EXCEEDED', message: 'Embed size exceeds maximum size of 6000' }] },
      },
    ],
    [
      'an embed with nothing in it',
      embed({}),
      inEmbed({ description: { _errors: [expect.objectContaining({ code: 'BASE_TYPE_REQUIRED' })] } }),
    ],
  ])('are refused above: %s', async (_what, body, errors) => {
    const { simulator, ada, messages } = await meet();
    expect(await call(simulator, 'POST', messages, body)).toMatchObject({
      status: 400,
      body: { message: 'Invalid Form Body', code: 50035, errors },
    });
    expect(ada.heard).toEqual([]);
  });

  it.each([
    ['2,000 characters', { content: long(2000) }],
    ['2,000 emoji, each of two UTF-16 units', { content: '😀'.repeat(2000) }],
    [
      'everything at its limit',
      {
        content: long(2000),
        nonce: long(25),
        embeds: [{ title: long(256), description: long(4096), fields: [{ name: long(256), value: long(1024) }] }],
      },
    ],
  ])('are kept by %s', async (_what, body) => {
    const { simulator, ada, messages } = await meet();
    expect(await call(simulator, 'POST', messages, body)).toMatchObject({ status: 200, body });
    expect(ada.heard).toMatchObject([body]);
  });

  it('allow ten files and refuse eleven', async () => {
    const { simulator, messages } = await meet();
    const form = (count: number) => {
      const data = new FormData();
      for (let index = 0; index < count; index += 1) data.append(`files[${index}]`, new Blob(['x']), `${index}.txt`);
      return data;
    };
    expect(await call(simulator, 'POST', messages, form(10))).toMatchObject({ status: 200, body: { content: '' } });
    expect(await call(simulator, 'POST', messages, form(11))).toMatchObject({
      status: 400,
      body: { code: 50035, errors: { files: tooLong(10) } },
    });
  });

  it('hold for edits too', async () => {
    const { simulator, messages } = await meet();
    const { body } = await call(simulator, 'POST', messages, { content: 'short' });
    expect(await call(simulator, 'PATCH', `${messages}/${body.id}`, { content: long(2001) })).toMatchObject({
      body: { code: 50035, errors: { content: tooLong(2000) } },
    });
    expect(await call(simulator, 'PATCH', `${messages}/${body.id}`, { content: '' })).toMatchObject({
      body: { code: 50006 },
    });
  });
});

describe('a nonce', () => {
  it('that is enforced is answered a second time with the first message', async () => {
    const { simulator, ada, messages } = await meet();
    const body = { nonce: '123-0', enforce_nonce: true };

    const first = await call(simulator, 'POST', messages, { ...body, content: 'first' });
    const second = await call(simulator, 'POST', messages, { ...body, content: 'second' });

    expect(first).toMatchObject({ status: 200, body: { content: 'first', nonce: '123-0' } });
    expect(second).toMatchObject({ status: 200, body: first.body });
    expect(ada.heard.map(({ content }) => content)).toEqual(['first']);
  });

  it('gives the first message as it is by now', async () => {
    const { simulator, ada, messages } = await meet();
    const body = { nonce: '123-0', enforce_nonce: true };
    const { body: first } = await call(simulator, 'POST', messages, { ...body, content: 'first', flags: 4 });
    await call(simulator, 'PATCH', `${messages}/${first.id}`, { content: 'changed', flags: 0 });
    expect(await call(simulator, 'POST', messages, { ...body, content: 'second' })).toMatchObject({
      body: { id: first.id, content: 'changed', flags: 0 },
    });
    expect(ada.heard).toHaveLength(1);
  });

  it('that is not enforced, or belongs to another channel, makes another message', async () => {
    const { simulator, ada, messages } = await meet();
    const bob = simulator.addUser({ username: 'bob' });

    await call(simulator, 'POST', messages, { content: 'first', nonce: 1 });
    await call(simulator, 'POST', messages, { content: 'second', nonce: 1 });
    await call(simulator, 'POST', `/channels/${bob.channelId}/messages`, {
      content: 'third',
      nonce: 1,
      enforce_nonce: true,
    });

    expect(ada.heard.map(({ content, nonce }) => [content, nonce])).toEqual([
      ['first', 1],
      ['second', 1],
    ]);
    expect(bob.heard.map(({ content }) => content)).toEqual(['third']);
  });

  it('is not kept with the message', async () => {
    const { simulator, messages } = await meet();
    const { body } = await call(simulator, 'POST', messages, { content: 'x', nonce: '1' });
    expect((await call(simulator, 'GET', `${messages}/${body.id}`)).body).not.toHaveProperty('nonce');
  });
});

describe('a message pings', () => {
  const text = (ada: SimulatedUser, bob: SimulatedUser) => `<@${ada.id}> <@!${bob.id}> @everyone <@1>`;

  it.each([
    ['whomever it names, when nothing is said about it', undefined, ['ada', 'bob'], true],
    ['nobody, when nothing may be parsed', { parse: [] }, [], false],
    ['people only', { parse: ['users'] }, ['ada', 'bob'], false],
    ['everyone only', { parse: ['everyone'] }, [], true],
    ['those who are listed', { users: ['BOB'] }, ['bob'], false],
    ['the author of what it answers, when that is wished', { parse: [], replied_user: true }, ['ada'], false],
  ])('%s', async (_what, allowed_mentions, names, everyone) => {
    const { simulator, ada } = await meet();
    const bob = simulator.addUser({ username: 'bob' });
    const { id } = ada.saysInGuild('hi');
    const body = { content: text(ada, bob), message_reference: { message_id: id }, allowed_mentions };

    const { body: message } = await call(
      simulator,
      'POST',
      `/channels/${simulator.guild.channel.id}/messages`,
      JSON.stringify(body).replace('BOB', bob.id),
    );

    expect(message.mentions.map(({ username }: { username: string }) => username).sort()).toEqual(names);
    expect(message.mention_everyone).toBe(everyone);
  });

  it('never everyone in a direct message', async () => {
    const { simulator, messages } = await meet();
    expect((await call(simulator, 'POST', messages, { content: '@everyone' })).body.mention_everyone).toBe(false);
  });

  it('nobody in a contradiction, which is refused', async () => {
    const { simulator, messages } = await meet();
    const body = { content: 'x', allowed_mentions: { parse: ['users'], users: ['1'] } };
    expect(await call(simulator, 'POST', messages, body)).toMatchObject({ status: 400, body: { code: 50035 } });
  });
});

describe('a message without previews', () => {
  it('is made so by a flag, keeps it through an edit that does not name it, and loses it by one that does', async () => {
    const { simulator, ada, messages } = await meet();
    const suppressed = 4;
    const updates: [string, number][] = [];
    simulator.on('messageUpdate', ({ content, flags }) => updates.push([content, Number(flags)]));
    const { body } = await call(simulator, 'POST', messages, { content: 'one', flags: suppressed });
    expect(body.flags).toBe(suppressed);
    // The others of Discord's flags are not the bot's to set.
    await call(simulator, 'PATCH', `${messages}/${body.id}`, { content: 'two' });
    await call(simulator, 'PATCH', `${messages}/${body.id}`, { content: 'three', flags: suppressed | 64 });
    await call(simulator, 'PATCH', `${messages}/${body.id}`, { content: 'four', flags: 0 });
    expect(updates).toEqual([
      ['two', suppressed],
      ['three', suppressed],
      ['four', 0],
    ]);
    expect(ada.heard).toMatchObject([{ content: 'four', flags: 0 }]);
  });
});
