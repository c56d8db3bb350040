import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import type { RawEnvironment } from '../../src/core/config.ts';
import { PostgresServer } from '../../src/testing/postgres/PostgresServer.ts';
import { thinking } from './answering.ts';
import { get, untilDatabaseIs } from './http.ts';
import { query } from './query.ts';

describe.skipIf(!inject('postgres'))('a database that goes away', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  async function start(variables: RawEnvironment = {}): Promise<TestBot> {
    const database = await server.createDatabase();
    return startTestBot({ environment: { ...server.environment(database), ...variables } });
  }

  const saidBy = (bot: TestBot, userId: string) =>
    query<{ user_message: string }>(
      bot.environment,
      `SELECT user_message FROM conversations JOIN users ON users.id = user_id WHERE discord_id = $1 ORDER BY "timestamp"`,
      [userId],
    ).then((rows) => rows.map((row) => row.user_message));

  it('leaves nobody unanswered, and the bot stays ready', async () => {
    await using bot = await start();
    const [ada, grace] = [bot.person('ada'), bot.person('grace')];
    await ada.asks('before the outage');

    const workflow = thinking(bot.workflow);
    grace.says('asked before, answered within the outage');
    await once(bot.workflow, 'call');
    await server.stop();
    workflow.release();
    expect((await grace.hears()).content).toBe('You said: asked before, answered within the outage');

    for (const n of [1, 2, 3]) expect((await ada.asks(`within ${n}`)).content).toBe(`You said: within ${n}`);
    const context = bot.workflow.calls.at(-1)?.body.conversationContext;
    expect(context?.slice(-2).map(({ userMessage }) => userMessage)).toEqual(['within 1', 'within 2']);
    expect(await (await get(bot, '/health')).json()).toMatchObject({ status: 'ok', database: 'degraded' });
    expect((await get(bot, '/ready')).status).toBe(200);

    await server.restart();
    await untilDatabaseIs(bot, 'connected');
    expect((await grace.asks('after the outage')).content).toBe('You said: after the outage');
    await bot.stop();
    expect(await saidBy(bot, grace.id)).toContain('after the outage');
  });

  it('does not lift the rate limit', async () => {
    await using bot = await start();
    await server.stop();
    const eager = bot.person('eager');
    for (const n of [1, 2, 3, 4, 5]) expect((await eager.asks(`${n}`)).content).toBe(`You said: ${n}`);
    expect((await eager.asks('6')).content).toMatch(/You can go on <t:\d+:R>/);
    expect((await bot.person('other').asks('Me?')).content).toBe('You said: Me?');
    await server.restart();
  });

  it('does not take the commands away, which say what cannot be reached', async () => {
    await using bot = await start();
    const ada = bot.person('ada');
    await ada.asks('Something to forget');
    await server.stop();
    expect((await ada.asks('!limits')).content).toMatch(/of 5 messages left/);
    expect((await ada.asks('!help')).content).toContain('`!flushmemory`');
    const { content } = await ada.asks('!flushmemory');
    expect(content).toContain('I could not reach what is kept by n8n-bridge: please try again later.');
    expect(content).toContain('The database does not answer right now');
    await server.restart();
  });

  it('may as well fall silent: the message waits no longer than DB_QUERY_TIMEOUT', async () => {
    await using bot = await start({ DB_QUERY_TIMEOUT: '250', DB_CONNECTION_TIMEOUT: '250' });
    const ada = bot.person('ada');
    await ada.asks('before the silence');
    await server.pause();
    expect((await ada.asks('into the silence')).content).toBe('You said: into the silence');
    await untilDatabaseIs(bot, 'degraded');
    await server.resume();
    await untilDatabaseIs(bot, 'connected');
    expect((await ada.asks('after the silence')).content).toBe('You said: after the silence');
    await bot.stop();
    expect(await saidBy(bot, ada.id)).toContain('after the silence');
  });

  it('may be away at the start: the bot answers from memory and connects later', async () => {
    const database = await server.createDatabase();
    await server.stop();
    await using bot = await startTestBot({ environment: server.environment(database) });
    expect(await (await get(bot, '/health')).json()).toMatchObject({
      database: 'degraded',
      databaseReason: 'ECONNREFUSED',
    });
    expect((await get(bot, '/ready')).status).toBe(200);
    const ada = bot.person('ada');
    expect((await ada.asks('Are you there?')).content).toBe('You said: Are you there?');
    await server.restart();
    await untilDatabaseIs(bot, 'connected');
    await ada.asks('And now?');
    await bot.stop();
    expect(await saidBy(bot, ada.id)).toContain('And now?');
  });
});
