import { loadImage } from '@napi-rs/canvas';
import { container } from '@sapphire/framework';
import type { APIMessage } from 'discord.js';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { ChartRenderer } from '../../src/plugins/analytics/chart/ChartRenderer.ts';

describe.skipIf(!inject('postgres'))('!stats', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({ environment: { RATE_LIMIT_MAX: '50' } });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  // What was said before is being counted when it has been dealt with.
  const ask = async (text: string): Promise<APIMessage> => {
    await container.intake.drain(10_000);
    return bot.admin().person.asks(text);
  };
  const log = (name: string, n = 1, at = new Date()) => {
    const { id } = bot.person();
    const all = Array.from({ length: n }, () =>
      container.analytics.logMessage(id, name, 'dm', 'chat', 1_500, null, { at }),
    );
    return Promise.all(all);
  };
  const fieldsOf = ({ embeds: [embed] }: APIMessage) =>
    Object.fromEntries(embed?.fields?.map(({ name, value }) => [name, value]) ?? []);

  it('shows how the bot was used, with a picture that is described', async () => {
    const nothing = await ask('!stats 30');
    expect(nothing.content).toBe('I know of no messages in the last 30 days.');
    expect([...nothing.embeds, ...nothing.attachments]).toEqual([]);

    const ada = bot.person('ada');
    for (const text of ['one', 'two', '!limits', '!help']) await ada.asks(text);
    await ask('!limits');
    await log('grace', 1, new Date(Date.now() - 3 * 86_400_000));
    const answer = await ask('!stats');
    const { Messages, Users, 'By type': types, 'Top users': users, 'Top commands': commands } = fieldsOf(answer);
    expect({ Messages, Users, types, users, commands }).toEqual({
      Messages: '7',
      Users: '3',
      types: 'Chats: 3\nCommands: 4',
      users: '`ada` – 4\n`the-admin` – 2\n`grace` – 1',
      commands: '`limits` – 2\n`help` – 1\n`stats` – 1',
    });
    expect(fieldsOf(answer)['Average response time']).toMatch(/^\d+ ms$/);
    expect(fieldsOf(answer)['Busiest hours (UTC)']).toMatch(/^\d\d:00–\d\d:59 – \d/);
    expect(answer.embeds[0]?.title).toContain('7 days');
    expect(answer.embeds[0]?.footer?.text).toContain('UTC');

    const [picture] = answer.attachments;
    expect(picture).toMatchObject({ filename: 'messages-7-days.png', content_type: 'image/png' });
    expect(picture?.description).toMatch(/^Bar charts of messages: chats 3, commands 4\.\nBy day \(UTC\), from /);
    const image = await loadImage(Buffer.from(await (await fetch(picture?.url ?? '')).arrayBuffer()));
    expect([image.width, image.height]).toEqual([1_200, 1_000]);
  });

  it('counts as many days as it is told', async () => {
    await log('long ago', 1, new Date(Date.now() - 40 * 86_400_000));
    const total = async (text: string) => Number(fieldsOf(await ask(text)).Messages);
    const [one, many] = [await total('!stats 1'), await total('!STATS   90  ')];
    expect(many).toBe(one + 3);
    expect((await ask('!stats 1')).embeds[0]?.title).toContain('last day');
  });

  it.each(['-5', '0', '91', '1e9', 'NaN', '7; DROP TABLE users', '7.5', '07', 'words', '7 8', '７', '+7', '0x7', '""'])(
    'answers %s with the right form',
    async (days) => {
      const { content, embeds, attachments } = await ask(`!stats ${days}`);
      expect(content).toBe('I can look back 1 to 90 days. Write it like this: `!stats [days]`');
      expect([...embeds, ...attachments]).toEqual([]);
    },
  );

  it('is not there for those who are no admins', async () => {
    for (const written of ['!stats', '!stats 91'])
      expect((await bot.person().asks(written)).content).toMatch(/^I do not know `!stats`\. Did you mean `!\w+`\?$/);
  });

  it('shows hostile names as what they are: names', async () => {
    const names = [
      '<@1000000000000000001> @everyone',
      '`**bold**` [a](https://b.io)',
      'a\nb',
      '\u202Eevil',
      'x'.repeat(4_000),
    ];
    for (const [index, name] of names.entries()) await log(name, 30 - index);
    const { 'Top users': users } = fieldsOf(await ask('!stats 1'));
    expect(users?.split('\n')).toEqual([
      '`<@1000000000000000001> @everyone` – 30',
      '`ˋ**bold**ˋ [a](https://b.io)` – 29',
      '`a b` – 28',
      '`evil` – 27',
      `\`${'x'.repeat(31)}…\` – 26`,
    ]);
  });

  it('goes without its picture when that cannot be drawn', async () => {
    const { charts } = container;
    const script = new URL("data:text/javascript,throw new Error('cannot draw')");
    Object.assign(container, { charts: new ChartRenderer({ script }) });
    try {
      const { embeds, attachments } = await ask('!stats');
      expect(embeds).toHaveLength(1);
      expect(attachments).toEqual([]);
      expect(bot.log.at(-1)).toMatchObject({ level: 'warn', err: { message: 'cannot draw' } });
    } finally {
      Object.assign(container, { charts });
    }
  });
});
