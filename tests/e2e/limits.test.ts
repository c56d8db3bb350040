import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { timeOfSnowflake } from '../../src/simulator/Snowflakes.ts';

const refusal = /^You have written a lot in a short time\. You can go on <t:\d+:R>\.$/;

describe.skipIf(!inject('postgres'))('the rate limit', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot();
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  /** A snowflake of so many milliseconds ago. */
  const idOf = (ago: number): string => String(BigInt(Date.now() - 1_420_070_400_000 - ago) << 22n);

  it('is shown by !limits, which counts itself, with the time at which there is room again', async () => {
    const ada = bot.user();
    const { message, reply } = await ada.says('!limits');
    const [, reset] = /^You have 4 of 5 messages left\. The next one comes back <t:(\d+):R>\.$/.exec(reply) ?? [];
    expect(Number(reset)).toBe(Math.ceil((timeOfSnowflake(message?.id ?? '') + 60_000) / 1_000));
    await ada.says('a chat');
    for (const left of [2, 1, 0]) expect((await ada.says('!limits')).reply).toMatch(`You have ${left} of 5`);
    expect(await ada.says('!limits')).toBeRefusedAs('RateLimited', refusal);
  });

  it('counts chats, commands, unknown words and reserved ones alike, and refuses each of them', async () => {
    const ada = bot.user();
    for (const text of ['a chat', '!help', '!nonsense', '/help', '!'])
      expect(await ada.says(text)).not.toBeAnsweredWith(refusal);
    for (const text of ['a chat', '!help', '!nonsense', '/help', '!', '!flushmemory'])
      expect(await ada.says(text)).toBeAnsweredWith(refusal);
    const calls = bot.workflow.calls.filter(({ body }) => body.userId === ada.id);
    expect(calls.map(({ body }) => body.message)).toEqual(['a chat']);
  });

  it('counts each person alone', async () => {
    const [eager, calm] = [bot.user(), bot.user()];
    for (const n of [1, 2, 3, 4, 5]) await eager.says(`${n}`);
    expect(await eager.says('6')).toBeRefusedAs('RateLimited', refusal);
    expect(await calm.says('1')).toBeAnsweredWith('You said: 1');
  });

  it('slides: what was written a minute ago does not count, and what was refused never did', async () => {
    const ada = bot.user();
    for (const ago of [61_000, 60_900, 60_800, 60_700, 30_000])
      expect(await ada.says(`${ago}`, { id: idOf(ago) })).toBeAnsweredWith(`You said: ${ago}`);
    expect(await ada.says('29000', { id: idOf(29_000) })).toBeRefusedAs('RateLimited', refusal);
    expect(await ada.says('!limits')).toBeAnsweredWith(/^You have 3 of 5/);
  });

  it('holds against a burst', async () => {
    const ada = bot.user();
    const burst = await Promise.all(Array.from({ length: 20 }, (_, n) => ada.says(`burst ${n}`)));
    const refused = burst.filter(({ refusal: identifier }) => identifier === 'RateLimited');
    expect(refused).toHaveLength(15);
    for (const said of refused) expect(said).toBeAnsweredWith(refusal);
    for (const said of burst) if (!refused.includes(said)) expect(said).toBeAnsweredWith(/^You said: burst/);
  });

  it.each([
    ['a moderator', () => bot.moderator()],
    ['an admin', () => bot.admin()],
  ])('lets the commands of %s pass uncounted, but not the chats', async (_who, whoever) => {
    const somebody = whoever();
    for (let n = 0; n < 7; n++)
      expect(await somebody.says('!limits')).toBeAnsweredWith('You have 5 of 5 messages left.');
    for (let n = 0; n < 5; n++) expect(await somebody.says(`chat ${n}`)).toBeAnsweredWith(`You said: chat ${n}`);
    expect(await somebody.says('one chat too many')).toBeRefusedAs('RateLimited', refusal);
    expect(await somebody.says('!limits')).toBeAnsweredWith(/^You have 0 of 5/);
  });
});
