import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Database } from '../../../src/core/database/Database.ts';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/postgres/testDatabase.ts';
import { openDatabase } from '../../../src/testing/repositories/openDatabase.ts';
import type { Query } from '../../core/database/catalog.ts';
import { plainStats } from './plainStats.ts';
import { expectSumsOf } from './sums.ts';

const people = 40;

describe.skipIf(!inject('postgres'))('the sums of the statistics, with many at work at once,', () => {
  let test: TestDatabase;
  let database: Database;
  let clients: pg.Client[] = [];
  const query: Query = (sql, parameters) => database.query(sql, parameters);
  beforeEach(async () => {
    test = await createTestDatabase();
    database = await openDatabase(test.environment);
    await query(`SELECT get_or_create_user(n::text, 'name of ' || n) FROM generate_series(1, ${people}) n`);
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.end()));
    clients = [];
    await database?.close();
    await test?.drop();
  });

  async function connect(role: { user?: string; password?: string } = {}): Promise<pg.Client> {
    const { DB_HOST: host, DB_PORT: port, DB_NAME, DB_USER: user, DB_PASSWORD: password } = test.environment;
    const client = new pg.Client({ host, port: Number(port), database: DB_NAME, user, password, ...role });
    await client.connect();
    clients.push(client);
    return client;
  }
  const stats = `SELECT (SELECT to_jsonb(s) FROM get_global_stats(2) s) AS stats, (${plainStats.replace('$1', '2')}) AS plain`;
  const expectPlain = async (asker: pg.Client) => {
    const [row] = (await asker.query<{ stats: unknown; plain: unknown }>(stats)).rows;
    expect(row?.stats).toEqual(row?.plain);
  };
  const insert = (tag: string, n: number) =>
    `INSERT INTO message_stats (user_id, "timestamp", message_type, response_time_ms, channel_type)
     SELECT 1 + floor(random() * ${people}), now() - random() * interval '4 days', 'chat', (random() * 100)::integer, '${tag}'
     FROM generate_series(1, ${n})`;

  it('are exact at every moment and at the end, and nobody is in the way of anybody', {
    timeout: 180_000,
  }, async () => {
    const workers = await Promise.all(Array.from({ length: 8 }, () => connect()));
    let atWork = workers.length;
    const work = async (client: pg.Client, number: number) => {
      const tag = `worker ${number}`;
      // Of the rows that a worker made: others' rows would be locked by others.
      const own = `channel_type = '${tag}' AND random() < 0.2`;
      const steps = [
        [insert(tag, 1)],
        [insert(tag, 1)],
        [insert(tag, 150)],
        ['BEGIN', insert(tag, 3), insert(tag, 3), insert(tag, 90), 'COMMIT'],
        ['BEGIN', insert(tag, 120), `DELETE FROM message_stats WHERE ${own}`, 'ROLLBACK'],
        ['BEGIN ISOLATION LEVEL REPEATABLE READ', insert(tag, 20), `DELETE FROM message_stats WHERE ${own}`, 'COMMIT'],
        [`DELETE FROM message_stats WHERE ${own}`],
        [`UPDATE message_stats SET "timestamp" = "timestamp" - interval '5 hours' WHERE ${own}`],
        [
          `INSERT INTO command_usage (user_id, command_name, success) SELECT id, 'help', true FROM users WHERE id <= 40 LIMIT 20`,
        ],
        [
          `SELECT log_message('${tag}', 'ada', now(), 'dm', 'chat', 1, 1, NULL), log_command('${tag}', 'ada', now(), 'limits', false, true, NULL)`,
          `DELETE FROM users WHERE discord_id = '${tag}'`,
        ],
        ['SELECT cleanup_old_analytics(50)'],
      ];
      for (let round = 0; round < 8; round += 1)
        for (let i = 0; i < steps.length; i += 1)
          for (const sql of steps[(i * 7 + number) % steps.length] ?? []) await client.query(sql);
      atWork -= 1;
    };
    const reader = await connect();
    const read = async () => {
      while (atWork > 0) await expectPlain(reader);
    };
    await Promise.all([...workers.map(work), read()]);
    await expectPlain(reader);
    await expectSumsOf(query);
    await expectPlain(reader);
  });

  it('are changed by nobody who would have to wait', async () => {
    const [one, other] = [await connect(), await connect()];
    await other.query("SET lock_timeout = '1s'");
    for (const sql of [
      insert('one', 6_000),
      "DELETE FROM message_stats WHERE channel_type = 'one' AND id % 2 = 0",
      'UPDATE message_stats SET "timestamp" = now() WHERE channel_type = \'one\' AND id % 3 = 0',
      'SELECT cleanup_old_analytics()',
    ]) {
      await one.query('BEGIN');
      await one.query(sql);
      for (const n of [1, 500]) await other.query(insert('other', n));
      await other.query("DELETE FROM message_stats WHERE channel_type = 'other' AND random() < 0.5");
      await other.query("INSERT INTO command_usage (user_id, command_name, success) VALUES (1, 'help', true)");
      await expectPlain(one);
      await expectPlain(other);
      await one.query('COMMIT');
    }
    await expectPlain(other);
    await expectSumsOf(query);
  });

  it('take in little by little, with new rows, what piled up behind a long transaction', async () => {
    const [one, other] = [await connect(), await connect()];
    const noted = async () => {
      const [row] = (await other.query<{ n: number }>('SELECT count(*)::int AS n FROM message_changes')).rows;
      return row?.n ?? 0;
    };
    await one.query(`BEGIN; ${insert('one', 200)}`);
    await other.query(insert('other', 2_000));
    await one.query('COMMIT');
    const before = await noted();
    expect(before).toBeGreaterThan(1_000);
    await other.query(insert('other', 200));
    expect(await noted()).toBe(before - 500);
    await expectPlain(other);
    await other.query('SELECT cleanup_old_analytics()');
    expect(await noted()).toBe(0);
    await expectPlain(other);
  });

  it('are left alone by a transaction that still sees them as they were', async () => {
    const [one, other] = [await connect(), await connect()];
    for (let n = 0; n < 5; n += 1) await one.query(insert('one', 1));
    await one.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await one.query('SELECT count(*) FROM message_changes');
    await other.query(insert('other', 5));
    await other.query("DELETE FROM message_stats WHERE channel_type = 'other'");
    await one.query("DELETE FROM message_stats WHERE channel_type = 'one'");
    await one.query(insert('one', 500));
    await expectPlain(one);
    await one.query('COMMIT');
    await expectPlain(other);
    await expectSumsOf(query);
  });

  it('are counted for a role that may write the rows and nothing else', async () => {
    const role = `writer_of_${test.name}`;
    await query(`CREATE ROLE ${role} LOGIN PASSWORD 'a password'`);
    try {
      await query(`GRANT INSERT, DELETE, UPDATE, TRUNCATE, SELECT ON message_stats, command_usage TO ${role}`);
      await query(`GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${role}`);
      const client = await connect({ user: role, password: 'a password' });
      await client.query(insert('writer', 300));
      await client.query("INSERT INTO command_usage (user_id, command_name, success) VALUES (1, 'help', true)");
      await client.query('DELETE FROM message_stats WHERE id % 3 = 0');
      const reader = await connect();
      await expectPlain(reader);
      await client.query('TRUNCATE message_stats, command_usage');
      await client.query(insert('writer', 3));
      await expectPlain(reader);
      await expectSumsOf(query);
      await client.end();
    } finally {
      await query(`DROP OWNED BY ${role}`);
      await query(`DROP ROLE ${role}`);
    }
  });
});
