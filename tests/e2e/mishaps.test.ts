import { Command, container, Precondition } from '@sapphire/framework';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import config from '../../sapphire.config.ts';
import { definePlugin } from '../../src/core/definePlugin.ts';
import { query } from './query.ts';

describe.skipIf(!inject('postgres'))('a bot to which mishaps happen', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({ environment: { RATE_LIMIT_MAX: '100', DB_MAX_CONNECTIONS: '2' } });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  it('answers, and goes on answering, although Discord refuses its token once', async () => {
    const ada = bot.person();
    bot.discord.faults.failNext({ status: 401, path: /messages/ });
    expect((await ada.asks('Hello')).content).toBe('You said: Hello');
    expect((await ada.asks('Still there?')).content).toBe('You said: Still there?');
  });

  it('has counted every command that it answered when it stops', async () => {
    // More slow inserts than there are connections.
    await query(
      bot.environment,
      `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END $$;
       CREATE TRIGGER slow BEFORE INSERT ON command_usage FOR EACH ROW EXECUTE FUNCTION slow()`,
    );
    await Promise.all(Array.from({ length: 6 }, () => bot.person().asks('!help')));
    await bot.stop();
    const rows = await query(bot.environment, 'SELECT command_name, success FROM command_usage');
    expect(rows).toEqual(Array(6).fill({ command_name: 'help', success: true }));
    await bot.start();
  });

  it('reads moments whatever style of dates the database has', async () => {
    const { DB_NAME } = bot.environment;
    await query(bot.environment, `ALTER DATABASE "${DB_NAME}" SET datestyle TO 'SQL, DMY'`);
    await bot.stop();
    await bot.start();
    const ada = bot.person();
    await ada.asks('one');
    expect((await ada.asks('two')).content).toBe('You said: two');
    const { body } = bot.workflow.calls.at(-1) ?? {};
    expect(Date.parse(body?.conversationContext[0]?.timestamp ?? '')).toBeCloseTo(Date.now(), -5);
  });
});

describe.skipIf(!inject('postgres'))('a plugin', () => {
  it('whose precondition fails leaves nobody without an answer, nor a message in hand', async () => {
    class BrokenPrecondition extends Precondition {
      override messageRun(): never {
        throw new Error('broken');
      }
    }
    class GuardedCommand extends Command {
      constructor(context: Command.LoaderContext) {
        super(context, { preconditions: ['Broken' as never] });
      }
      override messageRun(): never {
        throw new Error('It must not run.');
      }
    }
    const guarded = definePlugin({
      name: 'guarded',
      commands: { guarded: GuardedCommand },
      preconditions: { Broken: BrokenPrecondition },
    });
    await using bot = await startTestBot({ config: { ...config, plugins: [...config.plugins, guarded] } });
    const ada = bot.person();
    expect((await ada.asks('!guarded')).content).toMatch(/^Sorry/);
    expect((await ada.asks('!help')).content).not.toContain('guarded');
    expect((await ada.asks('Hello')).content).toBe('You said: Hello');
    await expect.poll(() => container.intake.inHand).toBe(0);
  });

  it("cannot take the place of one of Sapphire's own pieces", async () => {
    const [MessageListener] = Object.values(config.listeners ?? {});
    const thief = { name: 'thief', listeners: { CorePrefixedMessage: MessageListener } };
    const starting = startTestBot({ config: { ...config, plugins: [...config.plugins, thief] as never } });
    await expect(starting).rejects.toMatchObject({ code: 'DuplicatePiece' });
  });
});
