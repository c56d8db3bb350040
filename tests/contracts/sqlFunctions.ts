import { beforeEach, expect, it } from 'vitest';
import type { Query } from '../core/database/catalog.ts';
import type { Given } from './describeContracts.ts';

/** What everyone, n8n too, may expect of the SQL functions. */
export function sqlFunctions(given: Given): void {
  const query: Query = async (sql, parameters) => {
    if (!given.database) throw new Error('There is no database to ask.');
    return given.database.query(sql, parameters);
  };

  // In a transaction now() stands still, so that a row can be exactly as old as a rule says.
  async function atOneMoment(work: (query: Query) => Promise<void>): Promise<void> {
    await given.database
      ?.em()
      .transactional((em) =>
        work((sql, parameters = []) =>
          em.getConnection().execute(sql, [...parameters], 'all', em.getTransactionContext()),
        ),
      );
  }

  beforeEach(async () => {
    await query("DELETE FROM settings WHERE name NOT IN ('flushed_before', 'forgotten_before')");
    await query("SELECT get_or_create_user('1', 'ada')");
  });

  const insert = {
    conversations:
      'INSERT INTO conversations (user_id, user_message, ai_response, "timestamp") SELECT id, ?, \'\', now() - ?::interval FROM users',
    warnings:
      "INSERT INTO warnings (user_id, reason, issued_by, expires_at) SELECT id, ?, '9', now() - ?::interval FROM users",
    message_stats:
      'INSERT INTO message_stats (user_id, message_type, "timestamp") SELECT id, ?, now() - ?::interval FROM users',
    command_usage:
      'INSERT INTO command_usage (user_id, command_name, success, executed_at) SELECT id, ?, true, now() - ?::interval FROM users',
  };
  const recalls = ['get_user_context', 'get_recent_exchanges'];
  const set = (name: string, value: string) =>
    query('INSERT INTO settings (name, value) VALUES ($1, $2)', [name, value]);

  it.each([
    ['cleanup_old_conversations', 'conversations', 'user_message', '24 hours', '', ''],
    ['cleanup_old_conversations', 'conversations', 'user_message', '36 hours', 'conversation_retention_hours', '36'],
    ['cleanup_expired_warnings', 'warnings', 'reason', '0 hours', '', ''],
    ['cleanup_old_analytics', 'message_stats', 'message_type', '90 days', '', ''],
    ['cleanup_old_analytics', 'message_stats', 'message_type', '3 days', 'analytics_retention_days', '3'],
    ['cleanup_old_analytics', 'command_usage', 'command_name', '90 days', '', ''],
    ['cleanup_old_analytics', 'command_usage', 'command_name', '3 days', 'analytics_retention_days', '3'],
  ] as const)('%s removes from %s (%s) what is %s old and nothing younger', async (...row) => {
    const [cleanup, table, column, age, setting, value] = row;
    if (setting) await set(setting, value);
    await atOneMoment(async (query) => {
      await query(insert[table], ['much older', '1000 days']);
      await query(insert[table], ['just old enough', age]);
      await query(insert[table], ['a microsecond younger', `${age} -1 microseconds`]);
      await query(insert[table], ['from the future', '-1 hour']);
      const [removed] = await query<{ n: string | number }>(`SELECT ${cleanup}() AS n`);
      expect(Number(removed?.n)).toBe(2);
      expect(await query(`SELECT ${column} AS kept FROM ${table} ORDER BY 1`)).toEqual([
        { kept: 'a microsecond younger' },
        { kept: 'from the future' },
      ]);
      const [again] = await query<{ n: string | number }>(`SELECT ${cleanup}() AS n`);
      expect(Number(again?.n)).toBe(0);
    });
  });

  it('cleanup_old_analytics counts messages and commands together', async () => {
    await atOneMoment(async (query) => {
      for (const table of ['message_stats', 'command_usage', 'command_usage'] as const) {
        await query(insert[table], ['old', '91 days']);
      }
      const [removed] = await query<{ n: string | number }>('SELECT cleanup_old_analytics() AS n');
      expect(Number(removed?.n)).toBe(3);
    });
  });

  it.each([
    ['24 hours', '', ''],
    ['1 hour', 'conversation_retention_hours', '1'],
    ['48 hours', 'conversation_retention_hours', '48'],
  ])(
    'get_user_context and get_recent_exchanges give what is younger than %s and nothing older',
    async (age, setting, value) => {
      if (setting) await set(setting, value);
      await atOneMoment(async (query) => {
        await query(insert.conversations, ['just too old', age]);
        await query(insert.conversations, ['young enough', `${age} -1 microseconds`]);
        await query(insert.conversations, ['new', '0']);
        for (const name of recalls) {
          const recall = `SELECT user_message FROM ${name}('1', ?)`;
          expect(await query(recall, [20])).toEqual([{ user_message: 'young enough' }, { user_message: 'new' }]);
          expect(await query(recall, [1])).toEqual([{ user_message: 'new' }]);
          for (const none of [0, -1, null]) expect(await query(recall, [none])).toEqual([]);
          expect(await query(`SELECT * FROM ${name}('unknown', 20)`)).toEqual([]);
        }
      });
    },
  );

  it('get_user_context and get_recent_exchanges give nothing from before a flush, even where its row is still there', async () => {
    await atOneMoment(async (query) => {
      await query(insert.conversations, ['before', '2 hours']);
      await query(insert.conversations, ['at the moment', '1 hour']);
      await query(insert.conversations, ['after', '59 minutes']);
      await query("UPDATE users SET flushed_before = now() - interval '1 hour'");
      for (const name of recalls)
        expect(await query(`SELECT user_message FROM ${name}('1', 20)`)).toEqual([{ user_message: 'after' }]);
      await query("UPDATE settings SET value = (now() - interval '10 minutes')::text WHERE name = 'flushed_before'");
      for (const name of recalls) expect(await query(`SELECT user_message FROM ${name}('1', 20)`)).toEqual([]);
    });
  });

  it('get_or_create_user gives one person one id, however many ask at once', async () => {
    const ask = async (name: string | null) => {
      const [row] = await query<{ id: string | number }>("SELECT get_or_create_user('2', $1) AS id", [name]);
      return Number(row?.id);
    };
    const ids = await Promise.all(Array.from({ length: 50 }, () => ask('grace')));
    expect(new Set(ids).size).toBe(1);
    const people = () => query("SELECT id::int, username FROM users WHERE discord_id = '2'");
    expect(await people()).toEqual([{ id: ids[0], username: 'grace' }]);
    expect(await ask('Grace H.')).toBe(ids[0]);
    expect(await ask(null)).toBe(ids[0]);
    expect(await people()).toEqual([{ id: ids[0], username: 'Grace H.' }]);
  });

  it('get_or_create_user calls a person whose name it does not know by the id', async () => {
    await query("SELECT get_or_create_user('3', NULL)");
    expect(await query("SELECT username FROM users WHERE discord_id = '3'")).toEqual([{ username: '3' }]);
  });

  it('get_user_context has its three columns, get_recent_exchanges the key besides', async () => {
    await query("SELECT save_conversation('1', 'ada', 'Hello', 'Hi', now(), 'turn-1')");
    const [context] = await query<object>("SELECT * FROM get_user_context('1', 20)");
    expect(Object.keys(context ?? {})).toEqual(['user_message', 'ai_response', 'timestamp']);
    expect(await query("SELECT * FROM get_recent_exchanges('1', 20)")).toEqual([{ ...context, key: 'turn-1' }]);
  });

  it.each([1, 20])(
    'check_rate_limit keeps what is younger than two windows, and not the %i that are older',
    async (n) => {
      const check = (at: number, key: string) =>
        query("SELECT counts FROM check_rate_limit('1', NULL, 1000, $1, $2)", [at, key]);
      for (let old = 0; old < n; old += 1) await check(0, `old-${old}`);
      await check(1, 'younger');
      expect(await check(2000, 'new')).toEqual([{ counts: { younger: 1, new: 2000 } }]);
      expect(await query('SELECT keys, timestamps FROM rate_limits')).toEqual([
        { keys: { younger: 1, new: 2000 }, timestamps: [1, 2000] },
      ]);
    },
  );

  it('add_warning keeps a warning whose id another one has already', async () => {
    for (const key of ['one', 'other', 'other'])
      await query("SELECT add_warning('1', 'ada', 'id', $1, '9', now(), now(), $1, now())", [key]);
    expect(await query("SELECT reason, id ~ '^id([0-9a-f]{4})?$' AS fits FROM warnings ORDER BY 1")).toEqual([
      { reason: 'one', fits: true },
      { reason: 'other', fits: true },
    ]);
  });

  it('get_global_stats has one row of the promised types, where nothing happened too', async () => {
    const types = ['bigint', 'bigint', 'numeric', 'jsonb', 'jsonb', 'jsonb', 'jsonb'];
    const columns =
      'total_messages unique_users avg_response_time_ms messages_by_type top_users peak_hours top_commands'.split(' ');
    const list = columns.map((column) => `pg_typeof(${column})::text AS ${column}`).join(', ');
    expect(await query(`SELECT ${list} FROM get_global_stats(7)`)).toEqual([
      Object.fromEntries(columns.map((column, n) => [column, types[n]])),
    ]);
    const [row] = await query<object>('SELECT * FROM get_global_stats(7)');
    expect(Object.keys(row ?? {})).toEqual(columns);
  });

  it('get_global_stats counts what is younger than so many days and nothing older', async () => {
    await atOneMoment(async (query) => {
      for (const table of ['message_stats', 'command_usage'] as const) {
        await query(insert[table], ['just too old', '7 days']);
        await query(insert[table], ['young enough', '7 days -1 microseconds']);
      }
      expect(
        await query('SELECT total_messages::int, messages_by_type, top_commands FROM get_global_stats(7)'),
      ).toEqual([
        {
          total_messages: 1,
          messages_by_type: { chat: 0, command: 0, 'young enough': 1 },
          top_commands: [{ command_name: 'young enough', usage_count: 1 }],
        },
      ]);
    });
  });

  it.each([
    'cleanup_old_conversations()',
    'cleanup_expired_warnings()',
    'cleanup_old_analytics()',
    "get_or_create_user('1', 'ada')",
    "flush_user_conversations('1', now())",
    'flush_all_conversations(now())',
    "flush_n8n_memory('1')",
    "forget_statistics('1', now())",
    "reset_rate_limit('1', now())",
    "add_warning('1', 'ada', 'id', '', '9', now(), now(), 'key', now())",
  ])('%s returns a bigint', async (call) => {
    expect(await query(`SELECT pg_typeof(${call})::text AS type`)).toEqual([{ type: 'bigint' }]);
  });
}
