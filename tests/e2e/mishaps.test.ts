import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import config from '../../sapphire.config.ts';
import { startTestBot, type TestBot } from '../support/startTestBot.ts';
import { query } from './query.ts';

describe.skipIf(!inject('postgres'))('a bot to which mishaps happen', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({ environment: { RATE_LIMIT_MAX: '100' } });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  it('answers, and goes on answering, although Discord refuses its token once', async () => {
    const ada = bot.user();
    bot.discord.faults.failNext({ status: 401, path: /messages/ });
    expect((await ada.asks('Hello')).content).toBe('You said: Hello');
    expect((await ada.asks('Still there?')).content).toBe('You said: Still there?');
  });

  it('has counted every command that it answered when it stops', async () => {
    const ada = bot.user();
    await ada.asks('!help');
    await bot.stop();
    const rows = await query(
      bot.environment,
      'SELECT command_name, success FROM command_usage JOIN users ON users.id = user_id WHERE discord_id = $1',
      [ada.id],
    );
    expect(rows).toEqual([{ command_name: 'help', success: true }]);
    await bot.start();
  });

  it('reads moments whatever style of dates the database has', async () => {
    const { DB_NAME } = bot.environment;
    await query(bot.environment, `ALTER DATABASE "${DB_NAME}" SET datestyle TO 'SQL, DMY'`);
    await bot.stop();
    await bot.start();
    const ada = bot.user();
    await ada.asks('one');
    expect((await ada.asks('two')).content).toBe('You said: two');
    const { body } = bot.workflow.calls.at(-1) ?? {};
    expect(Date.parse(body?.conversationContext[0]?.timestamp ?? '')).toBeCloseTo(Date.now(), -5);
  });
});

describe.skipIf(!inject('postgres'))('a plugin', () => {
  it("cannot take the place of one of Sapphire's own pieces", async () => {
    const [MessageListener] = Object.values(config.listeners ?? {});
    const thief = { name: 'thief', listeners: { CorePrefixedMessage: MessageListener } };
    const starting = startTestBot({ config: { ...config, plugins: [...config.plugins, thief] as never } });
    await expect(starting).rejects.toMatchObject({ code: 'DuplicatePiece' });
  });
});
