import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { PostgresServer } from '../../src/testing/postgres/PostgresServer.ts';
import { fileOf } from './fileOf.ts';
import { untilDatabaseIs } from './http.ts';
import { query } from './query.ts';

const later = 'The database does not answer right now: what it holds of it goes as soon as it is back.';

describe.skipIf(!inject('postgres'))('what is erased while the database is away', { timeout: 60_000 }, () => {
  let server: PostgresServer;
  let bot: TestBot;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  beforeEach(async () => {
    const environment = { ...server.environment(await server.createDatabase()), RATE_LIMIT_MAX: '50' };
    bot = await startTestBot({ environment });
  });
  afterEach(async () => {
    await bot?.[Symbol.asyncDispose]();
    await server.restart();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const saidBy = async (userId: string) => {
    const sql = `SELECT user_message FROM conversations JOIN users ON users.id = user_id WHERE discord_id = $1 ORDER BY "timestamp"`;
    const rows = await query<{ user_message: string }>(bot.environment, sql, [userId]);
    return rows.map((row) => row.user_message);
  };
  const countedOf = async (userId: string) => {
    const sql = `SELECT ((SELECT count(*) FROM message_stats m WHERE m.user_id = u.id)
      + (SELECT count(*) FROM command_usage c WHERE c.user_id = u.id))::int AS n FROM users u WHERE discord_id = $1`;
    return (await query<{ n: number }>(bot.environment, sql, [userId]))[0]?.n;
  };
  const context = () => bot.workflow.calls.at(-1)?.body.conversationContext.map(({ userMessage }) => userMessage);
  const heal = async () => {
    await server.restart();
    await untilDatabaseIs(bot, 'connected');
  };

  it('is forgotten at once, and in the database as soon as it is back, whatever the journal brings', async () => {
    const [ada, grace] = [bot.person('ada'), bot.person('grace')];
    await ada.asks('before the outage');
    await grace.asks('of somebody else');
    await server.stop();
    await ada.asks('within the outage');
    expect(context()).toEqual(['before the outage']);
    const { content } = await ada.asks('!forgetme confirm');
    expect(content).toMatch(/^I forgot you\.\n/);
    expect(content).toContain('I could not reach what is kept by n8n-bridge: please try again later.');
    expect(content).toContain(later);
    await ada.asks('after it');
    expect(context()).toEqual([]);
    await heal();
    await ada.asks('when it is back');
    expect(context()).toEqual(['after it']);
    await bot.stop();
    expect(await saidBy(ada.id)).toEqual(['after it', 'when it is back']);
    expect(await countedOf(ada.id)).toBe(2);
    expect(await saidBy(grace.id)).toEqual(['of somebody else']);
    const marks = await query(
      bot.environment,
      'SELECT discord_id, username FROM users WHERE forgotten_before IS NOT NULL',
    );
    expect(marks).toEqual([{ discord_id: ada.id, username: 'ada' }]);
  });

  it('stays forgotten when the bot is restarted within the outage', async () => {
    const ada = bot.person('ada');
    await ada.asks('before the outage');
    await server.stop();
    await ada.asks('within the outage');
    await ada.asks('!forgetme confirm');
    await bot.stop();
    await bot.start();
    await ada.asks('after the restart');
    expect(context()).toEqual([]);
    await heal();
    await bot.stop();
    expect(await saidBy(ada.id)).toEqual(['after the restart']);
  });

  it("is everyone's when an admin wants it", async () => {
    const [ada, grace] = [bot.person('ada'), bot.person('grace')];
    await ada.asks('before the outage');
    await server.stop();
    await grace.asks('within the outage');
    const warning = await bot.admin().person.asks('!flushdb');
    expect(warning.content).toContain('How much that is I cannot tell: the database does not answer right now.');
    const { content } = await bot.admin().person.asks('!flushdb confirm');
    expect(content).toContain(later);
    for (const person of [ada, grace]) {
      await person.asks('after it');
      expect(context()).toEqual([]);
    }
    await heal();
    await bot.stop();
    for (const { id } of [ada, grace]) expect(await saidBy(id)).toEqual(['after it']);
    const names = await query<{ username: string }>(bot.environment, 'SELECT username FROM users ORDER BY 1');
    expect(names.map(({ username }) => username)).toEqual(expect.arrayContaining(['ada', 'grace']));
  });

  it('can be seen before: !mydata shows what this instance remembers, and says that it is not all', async () => {
    const ada = bot.person('ada');
    await ada.asks('before the outage');
    await server.stop();
    await ada.asks('within the outage');
    const reply = await ada.asks('!mydata');
    expect(reply.content).toBe(
      [
        'The database does not answer right now: this is only what I remember myself, not everything.',
        'I could not reach what is kept by the database and n8n-bridge: please try again later.',
      ].join('\n'),
    );
    expect(JSON.parse(await fileOf(reply))).toMatchObject({
      isComplete: false,
      notReached: ['the database', 'n8n-bridge'],
      conversations: [{ userMessage: 'before the outage' }, { userMessage: 'within the outage' }],
      rateLimit: { current: 3 },
      statistics: { messages: [{ type: 'chat' }, { type: 'chat' }], commands: [] },
    });
  });
});
