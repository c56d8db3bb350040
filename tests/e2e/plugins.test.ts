import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { get } from './http.ts';

describe('!plugins', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({ environment: { RATE_LIMIT_MAX: '1000' } });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());
  const says = async (text: string) => (await bot.admin().says(text)).reply;

  it('lists the plugins and how they are', async () => {
    await says('!plugins disable analytics');
    expect(await says('!plugins')).toMatch(
      /^I am made of these plugins:\n- `memory` – running\n- `ratelimit` – running\n- `moderation` – running\n- `analytics` – disabled, <t:\d+:R>\n- `n8n-bridge` – running\n- `health` – running\n`!plugins disable <name>` switches one off, `!plugins enable <name>` on again\.$/,
    );
    expect(await says('!stats')).toMatch(/^I do not know `!stats`/);
    expect(await says('!plugins enable analytics')).toBe(
      'I switched `analytics` on again. That holds after a restart too; other instances follow within seconds.',
    );
    expect(await says('!help')).toContain('!stats');
  });

  it('apologises for a bot that nobody answers for, and goes on when somebody does', async () => {
    expect(await says('!plugins disable n8n-bridge')).toBe(
      'I switched `n8n-bridge` off. That holds after a restart too, until you write `!plugins enable n8n-bridge`; other instances follow within seconds.',
    );
    expect(await bot.user('ada').says('Hello')).toBeAnsweredWith(/^Sorry, I could not come up with an answer just now/);
    expect(await (await get(bot, '/health')).json()).not.toHaveProperty('workflow');
    await says('!plugins enable n8n-bridge');
    expect(await bot.user('ada').says('Hello')).toBeAnsweredWith('You said: Hello');
  });

  it('counts nobody’s messages while the limit is off, and remembers nothing while memory is', async () => {
    await bot.user('ada').says('My name is Ada');
    await says('!plugins disable ratelimit');
    await says('!plugins disable memory');
    await bot.user('ada').says('What is my name?');
    expect(bot.workflow.calls.at(-1)?.body).toMatchObject({ conversationContext: [] });
    expect((await bot.user('ada').says('!mydata')).reply).toBe('This is everything that I keep about you.');
    expect((await bot.user('ada').says('!flushmemory')).reply).toMatch(/^I forgot our conversation \(exchanges: [1-9]/);
    await says('!plugins enable memory');
    await says('!plugins enable ratelimit');
  });

  it.each([
    ['!plugins disable health', '`health` cannot be switched off. Whoever watches the bot would take it for dead.'],
    ['!plugins enable health', '`health` is on already.'],
    [
      '!plugins disable `memori`',
      'I have no plugin `memori`. There are: `memory`, `ratelimit`, `moderation`, `analytics`, `n8n-bridge`, `health`.',
    ],
    ['!plugins disable', 'Which plugin? Write it like this: `!plugins [disable|enable <name>]`'],
    [
      '!plugins remove memory',
      'I can `disable` and `enable` a plugin. Write it like this: `!plugins [disable|enable <name>]`',
    ],
  ])('answers `%s` with what is wrong', async (text, answer) => {
    expect(await says(text)).toBe(answer);
  });
});
