import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import type { RawEnvironment } from '../../src/core/config.ts';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { PostgresServer } from '../../src/testing/postgres/PostgresServer.ts';
import { untilDatabaseIs } from './http.ts';
import { idsIn, moderator, moderatorIds, warn } from './moderators.ts';
import { query } from './query.ts';

describe.skipIf(!inject('postgres'))('moderation while the database is away', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  async function start(variables: RawEnvironment = {}): Promise<TestBot> {
    const environment = { ...server.environment(await server.createDatabase()), RATE_LIMIT_MAX: '100' };
    return startTestBot({ environment: { ...environment, MODERATOR_IDS: moderatorIds.join(','), ...variables } });
  }
  const ask = async (user: SimulatedUser, text: string): Promise<string> => (await user.asks(text)).content;
  const log = ({ environment }: TestBot) =>
    query(environment, 'SELECT action, warning_id, actor FROM moderation_log ORDER BY at, id');
  const count = ({ environment }: TestBot) =>
    query(
      environment,
      'SELECT count(*)::int AS n, count(*) FILTER (WHERE expires_at > now())::int AS active FROM warnings',
    );

  it('goes on, and is written once when it is back, though the bot was ended meanwhile', async () => {
    await using bot = await start();
    const [mod, ada] = [moderator(bot), bot.person('ada')];
    const before = await warn(mod, ada, 'before');
    await server.stop();

    const content = await ask(mod, `!warn <@${ada.id}> within`);
    const [within] = idsIn(content);
    expect(content).toContain('They have 2 active warnings now, as far as I know: the database does not answer.');
    expect(content).toContain('I told them.');
    const gone = await warn(mod, ada, 'gone');
    expect(await ask(mod, `!unwarn ${before}`)).toContain('ada has 2 active warnings now.');
    expect(await ask(mod, `!unwarn ${gone}`)).toContain('ada has 1 active warning now.');
    expect(await ask(mod, `!unwarn ${gone}`)).toContain('had been revoked already');
    expect(await ask(mod, '!unwarn 22222222')).toMatch(/^I do not know a warning `22222222`\. The database does not/);
    await ada.hears(({ content: told }) => told.includes(gone));
    const own = await ask(ada, '!warnings');
    expect(idsIn(own)).toEqual([within]);
    expect(own).toContain('The database does not answer right now');
    expect(idsIn(await ask(mod, '!warnings'))).toEqual([within]);
    expect(idsIn(await ask(mod, `!warnings ${ada.id} all`)).toSorted()).toEqual([before, within, gone].toSorted());
    expect(await ask(mod, '!warn 100000000000000077')).toMatch(/^Discord knows nobody/);

    await bot.stop();
    await bot.start();
    expect(idsIn(await ask(ada, '!warnings'))).toEqual([within]);
    await server.restart();
    await untilDatabaseIs(bot, 'connected');
    expect(await count(bot)).toEqual([{ n: 3, active: 1 }]);
    const actor = mod.id;
    expect(await log(bot)).toEqual([
      { action: 'warn', warning_id: before, actor },
      { action: 'warn', warning_id: within, actor },
      { action: 'warn', warning_id: gone, actor },
      { action: 'unwarn', warning_id: before, actor },
      { action: 'unwarn', warning_id: gone, actor },
    ]);
    expect(await ask(mod, `!unwarn ${within}`)).toContain('ada has no active warnings now.');
    const errors = bot.log.filter(({ level }) => level === 'error').map(({ msg }) => String(msg));
    expect(errors.filter((msg) => !msg.startsWith('The database does not answer'))).toEqual([]);
  });

  it('keeps suspended whom it suspended, before the outage and within it', async () => {
    await using bot = await start({ WARNING_SUSPEND_AT: '1' });
    const [mod, ada, grace] = [moderator(bot), bot.person('ada'), bot.person('grace')];
    await warn(mod, ada, 'before');
    await server.stop();
    await warn(mod, grace, 'within');
    for (const person of [ada, grace]) {
      await person.hears();
      expect(await ask(person, 'Hello?')).toMatch(/^You have 1 active warning: that is too many to chat\./);
    }
    expect(await ask(bot.person(), 'Hello')).toBe('You said: Hello');
    await server.restart();
    await untilDatabaseIs(bot, 'connected');
    expect(await ask(grace, 'And now?')).toMatch(/^You have 1 active warning/);
  });
});
