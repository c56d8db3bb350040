import { describe, expect, inject, it } from 'vitest';
import { days, hours, startTestBot } from '#testing';
import { timeOfSnowflake } from '../../src/simulator/Snowflakes.ts';

const kinds = inject('postgres') ? (['postgres', 'embedded'] as const) : (['embedded'] as const);

describe.each(kinds)('the time of a test bot on %s', (database) => {
  // It may make the test run's first embedded database.
  const patience = { timeout: 90_000 };
  it('goes on by itself, and a test moves it for the bot, for Discord and for SQL', patience, async () => {
    const before = Date.now();
    {
      await using bot = await startTestBot({ database });
      const ada = bot.user('ada');
      const remembered = () =>
        bot.workflow.calls.at(-1)?.body.conversationContext.map(({ userMessage }) => userMessage);
      await ada.says('Hello');
      await bot.clock.advance(hours(23));
      const { messages } = await ada.says('Still there?');
      expect(timeOfSnowflake(messages[0]?.id ?? '') - before).toBeGreaterThan(hours(23));
      expect(remembered()).toEqual(['Hello']);

      await bot.clock.advance(hours(2));
      await ada.says('Good morning');
      expect(remembered()).toEqual(['Still there?']);
      await bot.runTask('removeOldConversations');
      await expect(bot.database).toHaveRows('conversations', 0, { user_message: 'Hello' });
      await expect(bot.database).toHaveRows('conversations', 2);

      await bot.clock.advance(days(31));
      // Which cleans up behind instances that are gone, too.
      await bot.runTask('removeOldTurns');
      await expect(bot.database).toHaveRows('instances', 1);
      await bot.restart();
      expect(await ada.says('Do you remember?')).toBeAnsweredWith('You said: Do you remember?');
      expect(remembered()).toEqual([]);
      await expect(bot.database).toHaveRows('turns', 1);
      expect(await ada.says('And now?')).toBeAnsweredWith('You said: And now?');
      const [row = {}] = await bot.database.query<Record<string, string>>('SELECT now(), clock_timestamp()');
      for (const moment of Object.values(row)) expect(Date.parse(moment) - before).toBeGreaterThan(days(32));
    }
    expect(Date.now() - before).toBeLessThan(days(1));
  });
});
