import { describe, expect, inject, it } from 'vitest';
import { startTestBot } from '#testing';
import { query } from './query.ts';

describe.skipIf(!inject('postgres'))('statistics', () => {
  it('have a row for each answered chat, each apology and each command that ran, and for nothing else', async () => {
    await using bot = await startTestBot({ environment: { RATE_LIMIT_MAX: '9' } });
    const ada = bot.person('ada');
    bot.workflow.answer = () => ({ body: { output: 'An answer', tokens: 42 } });
    await ada.asks('an answered chat');
    bot.workflow.answer = () => ({ status: 500, body: { message: 'Error in workflow' } });
    expect((await ada.asks('a chat that gets an apology')).content).toMatch(/^Sorry/);
    await ada.asks('!help');
    await ada.asks('!LIMITS');
    expect((await ada.asks('!help nonsense')).content).toMatch(/^I do not know `!nonsense`/);
    // From here on, nothing counts.
    await ada.asks('!nonsense');
    await ada.asks('/limits');
    expect((await ada.asks('   ')).content).toMatch(/^I can read text and files/);
    ada.saysInGuild('Hello');
    await ada.hearsInGuild();
    expect((await ada.asks('a refused chat')).content).toMatch(/You can go on/);
    expect((await ada.asks('!limits')).content).toMatch(/You can go on/);
    bot.person('machine').says('of a bot', { asBot: true });
    await bot.stop();

    const messages = await query(
      bot.environment,
      `SELECT discord_id, username, channel_type, message_type, response_time_ms >= 0 AS timed, tokens
       FROM message_stats JOIN users ON users.id = user_id ORDER BY "timestamp"`,
    );
    const row = {
      discord_id: ada.id,
      username: 'ada',
      channel_type: 'dm',
      message_type: 'command',
      timed: true,
      tokens: null,
    };
    expect(messages).toEqual([
      { ...row, message_type: 'chat', tokens: 42 },
      { ...row, message_type: 'chat' },
      row,
      row,
      { ...row, timed: null },
    ]);
    const commands = await query(
      bot.environment,
      'SELECT command_name, success, automated FROM command_usage ORDER BY executed_at',
    );
    expect(commands).toEqual([
      { command_name: 'help', success: true, automated: false },
      { command_name: 'limits', success: true, automated: false },
      { command_name: 'help', success: false, automated: false },
    ]);
  });
});
