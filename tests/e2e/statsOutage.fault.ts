import { container } from '@sapphire/framework';
import type { APIMessage } from 'discord.js';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import type { RawEnvironment } from '../../src/core/config.ts';
import { PostgresServer } from '../../src/testing/postgres/PostgresServer.ts';
import { untilDatabaseIs } from './http.ts';
import { query } from './query.ts';

describe.skipIf(!inject('postgres'))('statistics while the database goes away', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  async function start(variables: RawEnvironment = {}): Promise<TestBot> {
    const database = await server.createDatabase();
    return startTestBot({ environment: { ...server.environment(database), ...variables } });
  }

  const fieldOf = ({ embeds: [embed] }: APIMessage, name: string) =>
    embed?.fields?.find((field) => field.name === name)?.value;

  it('are what this instance knows, and !stats says so, picture and all', async () => {
    await using bot = await start();
    await query(bot.environment, "SELECT log_message('1', 'elsewhere', now(), 'dm', 'chat', 1, NULL, NULL)");
    await bot.person('ada').asks('before the outage');
    const admin = bot.admin().person;
    await container.intake.drain(10_000);
    expect(fieldOf(await admin.asks('!stats'), 'Messages')).toBe('2');
    await container.intake.drain(10_000);
    await server.stop();
    await bot.person('grace').asks('within the outage');
    await container.intake.drain(10_000);
    const within = await admin.asks('!stats');
    expect(within.embeds[0]?.description).toMatch(/^The database does not answer right now/);
    expect(fieldOf(within, 'Messages')).toBe('3');
    expect(fieldOf(within, 'Top users')).toBe('`ada` – 1\n`grace` – 1\n`the-admin` – 1');
    expect(within.attachments).toHaveLength(1);

    await server.restart();
    await untilDatabaseIs(bot, 'connected');
    const after = await admin.asks('!stats');
    expect(after.embeds[0]?.description).toBeUndefined();
    expect(fieldOf(after, 'Messages')).toBe('5');
  });

  it('of a bot that knows nothing say no more than that', async () => {
    const database = await server.createDatabase();
    await server.stop();
    await using bot = await startTestBot({ environment: server.environment(database) });
    const { content, embeds } = await bot.admin().person.asks('!stats 1');
    expect(content).toBe(
      'I know of no messages in the last day.\n' +
        'The database does not answer right now: this is only what I counted myself since I started.',
    );
    expect(embeds).toEqual([]);
    await server.restart();
  });

  it('lose nobody and count nobody twice when it goes away in the middle of everything', async () => {
    await using bot = await start();
    const people = Array.from({ length: 40 }, (_, n) => bot.person(`person-${n}`));
    const answers = people.flatMap((person) => [person.asks('a chat'), person.asks('!limits')]);
    // Chats and commands are being counted, one batch after the other.
    await Promise.race(answers);
    await server.stop('SIGQUIT');
    await Promise.all(answers);
    await server.restart();
    await untilDatabaseIs(bot, 'connected');
    await bot.stop();
    const counts = `SELECT message_type, count(*)::int AS rows, count(DISTINCT user_id)::int AS people
      FROM message_stats GROUP BY 1 ORDER BY 1`;
    expect(await query(bot.environment, counts)).toEqual([
      { message_type: 'chat', rows: 40, people: 40 },
      { message_type: 'command', rows: 40, people: 40 },
    ]);
    const commands = 'SELECT command_name, count(*)::int AS rows FROM command_usage GROUP BY 1';
    expect(await query(bot.environment, commands)).toEqual([{ command_name: 'limits', rows: 40 }]);
  });
});
