import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { ControlledClock } from '../../../src/testing/ControlledClock.ts';
import type { Query } from '../../core/database/catalog.ts';
import { openEmbedded, openPostgres, type Storage } from '../../support/repositories.ts';
import { expectPlain } from './expectPlain.ts';
import { expectSumsOf } from './sums.ts';
import { takeInManyRows } from './takeInManyRows.ts';

/** A moment in SQL: close to where a span begins, close to where its hour or day begins or ends, or anywhere, the future too. */
const moment = fc.oneof(
  fc
    .record({ days: fc.integer({ min: -1, max: 8 }), microseconds: fc.integer({ min: -1, max: 1 }) })
    .map(({ days, microseconds }) => `now() - interval '${days} days ${microseconds} microseconds'`),
  fc
    .record({
      unit: fc.constantFrom('hour', 'day'),
      days: fc.integer({ min: 0, max: 8 }),
      units: fc.integer({ min: 0, max: 1 }),
      microseconds: fc.integer({ min: 0, max: 1 }),
    })
    .map(
      ({ unit, days, units, microseconds }) =>
        `date_trunc('${unit}', now(), 'UTC') - interval '${days} days' + interval '${units} ${unit} -${microseconds} microseconds'`,
    ),
  fc.integer({ min: -36_000, max: 800_000 }).map((seconds) => `now() - interval '${seconds} seconds'`),
);
const person = fc.integer({ min: 1, max: 8 }).map(String);
const type = fc.constantFrom('chat', 'command', 'other');
const time = fc.constantFrom('NULL', '0', '7', '2000000000');
const command = fc.constantFrom('help', 'limits', 'stats', 'warn', 'unwarn', 'mydata', 'HELP');
const message = fc
  .tuple(person, moment, type, time)
  .map(([id, at, kind, ms]) => `(get_or_create_user('${id}', 'name of ${id}'), ${at}, '${kind}', ${ms})`);
const usage = fc
  .tuple(person, moment, command)
  .map(([id, at, name]) => `(get_or_create_user('${id}', 'name of ${id}'), ${at}, '${name}', true)`);
const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 12 });

/** Everything that anybody may do to the rows. */
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: some(message).map(
      (rows) => `INSERT INTO message_stats (user_id, "timestamp", message_type, response_time_ms) VALUES ${rows}`,
    ),
  },
  {
    weight: 4,
    arbitrary: some(usage).map(
      (rows) => `INSERT INTO command_usage (user_id, executed_at, command_name, success) VALUES ${rows}`,
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(person, moment)
      .map(([id, at]) => `SELECT log_message('${id}', 'ada', ${at}, 'dm', 'chat', 1, NULL, '${id}')`),
  },
  fc.tuple(person, moment).map(([id, at]) => `SELECT log_command('${id}', 'ada', ${at}, 'help', false, true, '${id}')`),
  fc.tuple(moment, moment).map(([from, to]) => `DELETE FROM message_stats WHERE "timestamp" BETWEEN ${from} AND ${to}`),
  fc.tuple(moment, moment).map(([from, to]) => `DELETE FROM command_usage WHERE executed_at BETWEEN ${from} AND ${to}`),
  person.map(
    (id) =>
      `DELETE FROM message_stats WHERE id IN (SELECT id FROM message_stats ORDER BY "timestamp" DESC LIMIT ${id})`,
  ),
  fc
    .tuple(person, moment)
    .map(([id, at]) => `UPDATE message_stats SET "timestamp" = ${at} WHERE user_id % 3 = ${id} % 3`),
  fc
    .tuple(person, person)
    .map(
      ([from, to]) =>
        `UPDATE message_stats SET user_id = get_or_create_user('${to}', 'name of ${to}') WHERE user_id = get_or_create_user('${from}', 'name of ${from}')`,
    ),
  fc
    .tuple(type, time)
    .map(
      ([kind, ms]) => `UPDATE message_stats SET message_type = '${kind}', response_time_ms = ${ms} WHERE id % 2 = 0`,
    ),
  fc
    .tuple(command, moment)
    .map(([name, at]) => `UPDATE command_usage SET command_name = '${name}', executed_at = ${at} WHERE id % 2 = 0`),
  person.map((id) => `DELETE FROM users WHERE discord_id = '${id}'`),
  fc.tuple(person, moment).map(([id, at]) => `SELECT forget_user('${id}', ${at})`),
  moment.map((at) => `SELECT erase_statistics(NULL, ${at})`),
  fc.constantFrom('NULL', '3').map((limit) => `SELECT cleanup_old_analytics(${limit})`),
  fc.constantFrom('SELECT fold_message_changes()', 'SELECT fold_command_changes()'),
  fc.constantFrom('TRUNCATE message_stats', 'TRUNCATE command_usage', 'TRUNCATE users CASCADE'),
);

for (const [where, isMissing, open] of [
  ['the embedded database', false, openEmbedded],
  ['PostgreSQL', !inject('postgres'), openPostgres],
] as const) {
  describe.skipIf(isMissing)(`the sums of the statistics in ${where}`, () => {
    let storage: Storage;
    const query: Query = async (sql, parameters) => {
      if (!storage.database) throw new Error('There is no database to ask.');
      return storage.database.query(sql, parameters);
    };
    beforeAll(async () => {
      storage = await open();
    });
    afterEach(() => storage.empty(new ControlledClock()));
    afterAll(() => storage?.[Symbol.asyncDispose]());

    // In a transaction now() stands still, so that rows can be exactly as old as a span is long.
    async function andUndo(work: (query: Query) => Promise<void>): Promise<void> {
      const undo = new Error('Nothing of this is to stay.');
      const done = storage.database?.em().transactional(async (em) => {
        const connection = em.getConnection();
        await work((sql, parameters = []) =>
          connection.execute(sql.replaceAll(/\$\d/g, '?'), [...parameters], 'all', em.getTransactionContext()),
        );
        throw undo;
      });
      await expect(done).rejects.toBe(undo);
    }

    it('tell what the rows tell, whatever anybody does to the rows', { timeout: 300_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(step, fc.integer({ min: 1, max: 8 })), { maxLength: 14, size: 'max' }),
          (steps) =>
            andUndo(async (query) => {
              await query("INSERT INTO settings (name, value) VALUES ('analytics_retention_days', '6')");
              for (const [sql, days] of steps) {
                await query(sql);
                await expectPlain(query, days);
              }
              await expectSumsOf(query);
            }),
        ),
        // It is the same SQL, which takes the embedded database longer.
        { numRuns: open === openPostgres ? 25 : 5 },
      );
    });

    it('find the five who wrote most where they are none of those who ever wrote most', async () => {
      const insert = (from: number, to: number, each: string, age: string) =>
        query(
          `INSERT INTO message_stats (user_id, message_type, "timestamp")
           SELECT get_or_create_user(n::text, 'name of ' || n), 'chat', now() - interval '${age}' - i * interval '1 millisecond'
           FROM generate_series(${from}, ${to}) n, generate_series(1, ${each}) i`,
        );
      await insert(1, 70, '20 + n / 10', '10 days');
      await expectPlain(query, 1);
      await insert(71, 80, '8', '1 hour');
      await insert(81, 90, 'n - 78', '1 hour');
      for (const days of [1, 9, 30]) await expectPlain(query, days);
      const [row] = await query<{ top: string[] }>(
        "SELECT jsonb_path_query_array(top_users, '$[*].discord_id') AS top FROM get_global_stats(1)",
      );
      expect(row?.top).toEqual(['90', '89', '88', '87', '71']);
      // Where much was written, not all of it is counted.
      await insert(91, 91, '21000', '1 second');
      for (const days of [1, 9, 30]) await expectPlain(query, days);
      // The fifth of those who ever wrote most is not the fifth of all: as many were written by one whose id comes first.
      await insert(60, 63, '9', '1 hour');
      await insert(0, 0, '9', '1 hour');
      for (const days of [1, 9, 30]) await expectPlain(query, days);
    });

    it('keep nothing about a person whose statistics are erased', async () => {
      await query("SELECT log_message('1', 'ada', now(), 'dm', 'chat', 1, 1, NULL) FROM generate_series(1, 9)");
      await query("SELECT forget_user('1', now())");
      for (const table of [
        'message_changes',
        'message_users',
        'message_user_days',
        'message_hours',
        'message_last_hours',
      ])
        expect({ table, rows: await query(`SELECT * FROM ${table}`) }).toEqual({ table, rows: [] });
    });

    it.each([null, 0, -1, -2_147_483_648])('count nothing in %s days', async (days) => {
      await query(
        "SELECT log_message('1', 'ada', now() + n * interval '1 hour', 'dm', 'chat', 1, 1, NULL) FROM generate_series(-1, 1) n",
      );
      await query(
        "SELECT log_command('1', 'ada', now() + n * interval '1 hour', 'help', false, true, NULL) FROM generate_series(-1, 1) n",
      );
      expect(await query('SELECT to_jsonb(s) AS stats FROM get_global_stats($1) s', [days])).toEqual([
        {
          stats: {
            total_messages: 0,
            unique_users: 0,
            avg_response_time_ms: 0,
            messages_by_type: { chat: 0, command: 0 },
            top_users: [],
            peak_hours: {},
            top_commands: [],
          },
        },
      ]);
    });

    it.each([91, 36_501, 1_000_000_000, 2_147_483_647])('count everything that is kept in %s days', async (days) => {
      await query(
        "SELECT log_message('1', 'ada', now() - n * interval '10 days', 'dm', 'chat', 1, 1, NULL) FROM generate_series(1, 9) n",
      );
      expect(await query('SELECT total_messages::int AS n FROM get_global_stats($1)', [days])).toEqual([{ n: 9 }]);
    });
  });
}

// In the embedded database it takes half a minute: see sqlStatistics.fault.ts.
describe.skipIf(!inject('postgres'))('the sums of the statistics', () => {
  it('take in a statement of very many rows', () => takeInManyRows(openPostgres));
});
