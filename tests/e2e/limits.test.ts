import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { timeOfSnowflake } from '../../src/simulator/Snowflakes.ts';
import { adminId, startTestBot, type TestBot } from '../support/startTestBot.ts';

const moderatorId = '300000000000000008';
const refusal = /^You have written a lot in a short time\. You can go on <t:\d+:R>\.$/;

describe.skipIf(!inject('postgres'))('the rate limit', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({ environment: { MODERATOR_IDS: moderatorId } });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  const ask = async (user: SimulatedUser, text: string): Promise<string> => (await user.asks(text)).content;
  /** A snowflake of so many milliseconds ago. */
  const idOf = (ago: number): string => String(BigInt(Date.now() - 1_420_070_400_000 - ago) << 22n);

  it('is shown by !limits, which counts itself, with the time at which there is room again', async () => {
    const ada = bot.user();
    const { id } = ada.says('!limits');
    const { content } = await ada.hears();
    const [, reset] = /^You have 4 of 5 messages left\. The next one comes back <t:(\d+):R>\.$/.exec(content) ?? [];
    expect(Number(reset)).toBe(Math.ceil((timeOfSnowflake(id) + 60_000) / 1_000));
    await ask(ada, 'a chat');
    expect(await ask(ada, '!limits')).toMatch(/^You have 2 of 5/);
    expect(await ask(ada, '!limits')).toMatch(/^You have 1 of 5/);
    expect(await ask(ada, '!limits')).toMatch(/^You have 0 of 5/);
    expect(await ask(ada, '!limits')).toMatch(refusal);
  });

  it('counts chats, commands, unknown words and reserved ones alike, and refuses each of them', async () => {
    const ada = bot.user();
    for (const text of ['a chat', '!help', '!nonsense', '/help', '!'])
      expect(await ask(ada, text)).not.toMatch(refusal);
    for (const text of ['a chat', '!help', '!nonsense', '/help', '!', '!flushmemory'])
      expect(await ask(ada, text)).toMatch(refusal);
    const calls = bot.workflow.calls.filter(({ body }) => body.userId === ada.id);
    expect(calls.map(({ body }) => body.message)).toEqual(['a chat']);
  });

  it('counts each person alone', async () => {
    const [eager, calm] = [bot.user(), bot.user()];
    for (const n of [1, 2, 3, 4, 5]) await ask(eager, `${n}`);
    expect(await ask(eager, '6')).toMatch(refusal);
    expect(await ask(calm, '1')).toBe('You said: 1');
  });

  it('slides: what was written a minute ago does not count, and what was refused never did', async () => {
    const ada = bot.user();
    const answers: string[] = [];
    for (const ago of [61_000, 60_900, 60_800, 60_700, 30_000, 29_000]) {
      ada.says(`${ago}`, { id: idOf(ago) });
      answers.push((await ada.hears()).content);
    }
    expect(answers.at(-2)).toBe('You said: 30000');
    expect(answers.at(-1)).toMatch(refusal);
    expect(await ask(ada, '!limits')).toMatch(/^You have 3 of 5/);
  });

  it('holds against a burst', async () => {
    const ada = bot.user();
    for (let n = 0; n < 20; n++) ada.says(`burst ${n}`);
    const answers: string[] = [];
    for (let n = 0; n < 20; n++) answers.push((await ada.hears()).content);
    expect(answers.filter((content) => refusal.test(content))).toHaveLength(15);
    expect(answers.filter((content) => content.startsWith('You said: burst'))).toHaveLength(5);
  });

  it.each([
    ['a moderator', moderatorId],
    ['an admin', adminId],
  ])('lets the commands of %s pass uncounted, but not the chats', async (_who, id) => {
    const somebody = bot.discord.addUser({ id, username: `moderator-${id}` });
    for (let n = 0; n < 7; n++) expect(await ask(somebody, '!limits')).toBe('You have 5 of 5 messages left.');
    for (let n = 0; n < 5; n++) expect(await ask(somebody, `chat ${n}`)).toBe(`You said: chat ${n}`);
    expect(await ask(somebody, 'one chat too many')).toMatch(refusal);
    expect(await ask(somebody, '!limits')).toMatch(/^You have 0 of 5/);
  });
});
