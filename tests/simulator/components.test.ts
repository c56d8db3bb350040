import { ActionRowBuilder, ButtonBuilder, ButtonStyle, ComponentType, MessageFlags } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { logIn, nextMessage, send } from './discordClient.ts';
import { call, meet } from './restClient.ts';

const button = { type: 2, style: 1, label: 'Next', custom_id: 'next' };
const row = (...components: object[]) => ({ type: 1, components });

describe('buttons', () => {
  it('are kept as discord.js sends them, returned, and told to the bot', async () => {
    const { simulator, ada } = await meet();
    const client = await logIn(simulator);
    const buttons = new ActionRowBuilder<ButtonBuilder>().addComponents(
      new ButtonBuilder().setCustomId('back').setLabel('Back').setStyle(ButtonStyle.Secondary).setDisabled(true),
      new ButtonBuilder().setCustomId('go').setEmoji('▶️').setStyle(ButtonStyle.Success),
      new ButtonBuilder().setURL('https://example.org/').setLabel('More').setStyle(ButtonStyle.Link),
    );

    const told = nextMessage(client);
    const sent = await send(client, ada.channelId, { content: 'Page 1', components: [buttons] });

    const expected = [
      {
        type: ComponentType.ActionRow,
        id: 1,
        components: [
          { type: 2, id: 2, style: ButtonStyle.Secondary, custom_id: 'back', label: 'Back', disabled: true },
          { type: 2, id: 3, style: ButtonStyle.Success, custom_id: 'go', emoji: { name: '▶️', animated: false } },
          { type: 2, id: 4, style: ButtonStyle.Link, url: 'https://example.org/', label: 'More' },
        ],
      },
    ];
    expect(ada.heard[0]?.components).toMatchObject(expected);
    expect((await sent.fetch(true)).components.map((each) => each.toJSON())).toMatchObject(expected);
    expect((await told).components.map((each) => each.toJSON())).toMatchObject(expected);
  });

  it('make a message by themselves, stay when an edit says nothing of them, and go when it empties them', async () => {
    const { simulator, messages } = await meet();
    const { status, body } = await call(simulator, 'POST', messages, { components: [row(button)] });
    expect(status).toBe(200);
    const edit = async (form: object) => (await call(simulator, 'PATCH', `${messages}/${body.id}`, form)).body;
    expect(await edit({ content: 'x' })).toMatchObject({ components: [row(button)] });
    expect(await edit({ components: [row({ ...button, custom_id: 'other', id: 2 })] })).toMatchObject({
      components: [{ id: 1, components: [{ custom_id: 'other', id: 2 }] }],
    });
    expect(await edit({ components: [] })).toMatchObject({ content: 'x', components: [] });
  });

  it('keep the numbers that the bot gave them', async () => {
    const { simulator, messages } = await meet();
    const { body } = await call(simulator, 'POST', messages, { components: [row({ ...button, id: 1 })] });
    expect(body.components).toMatchObject([{ id: 2, components: [{ id: 1 }] }]);
  });

  it('of the newer kind are not measured by the layout of the older one', async () => {
    const { simulator, messages } = await meet();
    const components = [{ type: ComponentType.TextDisplay, content: 'x' }];
    const form = { components, flags: MessageFlags.IsComponentsV2 };
    expect(await call(simulator, 'POST', messages, form)).toMatchObject({ status: 200, body: { components } });
  });

  const long = (length: number) => 'x'.repeat(length);
  const many = (count: number) => Array.from({ length: count }, (_, index) => ({ ...button, custom_id: `${index}` }));
  const link = { type: 2, style: 5, label: 'More', url: 'https://example.org/' };
  const error = (code: string, message?: string) => ({
    _errors: [message === undefined ? { code } : { code, message }],
  });
  const inButton = (errors: object) => ({ 0: { components: { 0: errors } } });
  const required = error('BASE_TYPE_REQUIRED', 'This field is required');

  it.each([
    ['six rows', many(6).map((each) => row(each)), error('BASE_TYPE_MAX_LENGTH', 'Must be 5 or fewer in length.')],
    [
      'six in a row',
      [row(...many(6))],
      { 0: { components: error('BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 5 in length.') } },
    ],
    ['none in a row', [row()], { 0: { components: error('BASE_TYPE_BAD_LENGTH') } }],
    ['a row without a list', [{ type: 1 }], { 0: { components: required } }],
    ['a button outside of a row', [button], { 0: error('UNION_TYPE_CHOICES') }],
    ['a row in a row', [row(row(button))], inButton(error('UNION_TYPE_CHOICES'))],
    ['a string', ['x'], { 0: error('MODEL_TYPE_CONVERT') }],
    ['no style', [row({ ...button, style: undefined })], inButton({ style: required })],
    ['an unknown style', [row({ ...button, style: 9 })], inButton({ style: error('BASE_TYPE_CHOICES') })],
    ['neither label nor emoji', [row({ ...button, label: '' })], inButton({ label: required })],
    ['a label of 81', [row({ ...button, label: long(81) })], inButton({ label: error('BASE_TYPE_MAX_LENGTH') })],
    [
      'no custom id',
      [row({ ...button, custom_id: undefined })],
      inButton({ custom_id: error('BUTTON_COMPONENT_CUSTOM_ID_REQUIRED', 'A custom id is required') }),
    ],
    [
      'a custom id of 101',
      [row({ ...button, custom_id: long(101) })],
      inButton({ custom_id: error('BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 100 in length.') }),
    ],
    ['an empty one', [row({ ...button, custom_id: '' })], inButton({ custom_id: error('BASE_TYPE_BAD_LENGTH') })],
    [
      'one twice, even in another row and disabled',
      [row(button), row({ ...button, disabled: true })],
      {
        1: {
          components: {
            0: {
              custom_id: error('COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated'),
            },
          },
        },
      },
    ],
    [
      'a custom id and a url',
      [row({ ...link, custom_id: 'x' })],
      inButton({ custom_id: error('BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE') }),
    ],
    ['a link to nowhere', [row({ ...link, url: undefined })], inButton({ url: required })],
    [
      'a link that runs a script',
      [row({ ...link, url: 'javascript:alert(1)' })],
      inButton({ url: error('URL_TYPE_INVALID_SCHEME') }),
    ],
    [
      'an emoji that is none',
      [row({ ...button, emoji: { name: 'x' } })],
      inButton({ emoji: { name: error('BUTTON_COMPONENT_INVALID_EMOJI') } }),
    ],
  ])('are refused with %s, new and in an edit', async (_what, components, errors) => {
    const { simulator, ada, messages } = await meet();
    const refusal = {
      status: 400,
      body: { message: 'Invalid Form Body', code: 50035, errors: { components: errors } },
    };
    expect(await call(simulator, 'POST', messages, { content: 'x', components })).toMatchObject(refusal);
    expect(ada.heard).toEqual([]);
    const { body } = await call(simulator, 'POST', messages, { content: 'x' });
    expect(await call(simulator, 'PATCH', `${messages}/${body.id}`, { components })).toMatchObject(refusal);
  });

  it.each([
    [
      'five rows of five',
      Array.from({ length: 5 }, (_, line) =>
        row(...many(5).map((each) => ({ ...each, custom_id: `${line}${each.custom_id}` }))),
      ),
    ],
    ['the longest label and custom id', [row({ ...button, label: '😀'.repeat(80), custom_id: long(100) })]],
    [
      'a flag, a sequence and a guild’s own emoji',
      [
        row(
          ...['🇩🇪', '👩‍💻', '◀'].map((name, index) => ({ type: 2, style: 2, custom_id: `${index}`, emoji: { name } })),
          { ...button, emoji: { id: '123', name: 'own' } },
        ),
      ],
    ],
  ])('are taken with %s', async (_what, components) => {
    const { simulator, messages } = await meet();
    expect(await call(simulator, 'POST', messages, { components })).toMatchObject({
      status: 200,
      body: { components },
    });
  });
});
