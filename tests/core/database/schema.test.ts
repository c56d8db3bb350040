import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import config from '../../../sapphire.config.ts';
import { createOrm } from '../../../src/core/database/createOrm.ts';
import type { Database } from '../../../src/core/database/Database.ts';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/postgres/testDatabase.ts';
import { databaseOptions, openDatabase } from '../../../src/testing/repositories/openDatabase.ts';

const id = 'bigint NOT NULL';
const text = 'text NOT NULL';
const time = 'timestamp with time zone NOT NULL';
const key = 'text';

/** What n8n workflows and operators rely on; other columns are the bot's own business. */
const tables = {
  users: {
    id,
    discord_id: text,
    username: text,
    created_at: time,
    flushed_before: 'timestamp with time zone',
    forgotten_before: 'timestamp with time zone',
  },
  conversations: { id, user_id: id, timestamp: time, user_message: text, ai_response: text, key },
  rate_limits: {
    user_id: id,
    timestamps: 'jsonb NOT NULL',
    keys: 'jsonb NOT NULL',
    updated_at: time,
    erased_before: 'timestamp with time zone',
  },
  warnings: { id: text, user_id: id, reason: text, issued_by: text, created_at: time, expires_at: time, key },
  message_stats: {
    id,
    user_id: id,
    timestamp: time,
    channel_type: text,
    message_type: text,
    response_time_ms: 'integer',
    tokens: 'integer',
    key,
  },
  command_usage: {
    id,
    user_id: id,
    command_name: text,
    executed_at: time,
    success: 'boolean NOT NULL',
    automated: 'boolean NOT NULL',
    key,
  },
  message_changes: { user_id: id, hour: time, message_type: text, n: id, times: id, time_sum: id },
  message_hours: { hour: time, message_type: text, n: id, times: id, time_sum: id },
  message_user_days: { user_id: id, day: 'date NOT NULL', n: id },
  message_users: { user_id: id, n: id, last_hour: 'timestamp with time zone' },
  message_last_hours: { hour: time, users: id },
  command_changes: { hour: time, command_name: text, n: id },
  command_hours: { hour: time, command_name: text, n: id },
  settings: { name: text, value: text },
  task_runs: { name: text, ran_at: time },
  moderation_log: {
    id,
    at: time,
    action: text,
    warning_id: 'text',
    user_id: id,
    reason: text,
    actor: text,
    warned_at: 'timestamp with time zone',
    expired_at: 'timestamp with time zone',
    key,
  },
  // A view, whose columns are never said to be NOT NULL.
  warning_history: {
    discord_id: 'text',
    username: 'text',
    id: 'text',
    reason: 'text',
    issued_by: 'text',
    created_at: 'timestamp with time zone',
    expires_at: 'timestamp with time zone',
    revoked_by: 'text',
  },
  turns: {
    message_id: text,
    discord_id: text,
    channel_id: text,
    claimed_at: time,
    finished_at: 'timestamp with time zone',
    instance_id: 'text',
    fence: 'bigint',
    attempts: 'integer NOT NULL',
  },
  lanes: { discord_id: text, instance_id: 'text', fence: id, active_at: time },
  instances: { id: text, expires_at: time, leaving: 'boolean NOT NULL' },
  journal_entries: { id: text, applied_at: time },
  erased_with_user: { table_name: text, moment_column: text },
};
/** Nobody relies on these yet; the entities describe them. */
const newer = config.plugins
  .flatMap(({ entities = [] }) => entities.map(({ meta }) => meta.tableName))
  .filter((table) => !(table in tables));

describe.skipIf(!inject('postgres'))('the schema', () => {
  let test: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    test = await createTestDatabase();
    database = await openDatabase(test.environment);
  });
  afterAll(async () => {
    await database?.close();
    await test?.drop();
  });

  it('has exactly these tables and columns', async () => {
    const columns = await database.query<{ table_name: string; column_name: string; type: string }>(`
      SELECT table_name, column_name, data_type || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END AS type
      FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'schema_migrations'`);
    const found: Record<string, Record<string, string>> = {};
    for (const { table_name, column_name, type } of columns) {
      if (newer.includes(table_name)) continue;
      found[table_name] = { ...found[table_name], [column_name]: type };
    }
    expect(found).toEqual(tables);
  });

  it.each<[string, boolean]>([
    ['users(discord_id)', true],
    ['conversations(user_id, timestamp)', false],
    ['warnings(user_id, expires_at)', false],
    ['message_stats(user_id, timestamp)', false],
    ['command_usage(command_name, executed_at)', false],
    // The cleanup goes by age alone.
    ['conversations(timestamp)', false],
    ['message_stats(timestamp)', false],
    ['command_usage(executed_at)', false],
    ...['conversations', 'warnings', 'message_stats', 'command_usage'].map(
      (table) => [`${table}(key)`, true] as [string, boolean],
    ),
  ])('has the index %s', async (index, isUnique) => {
    const found = await database.query<{ index: string; is_unique: boolean }>(`
      SELECT replace(format('%s(%s)', i.indrelid::regclass, string_agg(a.attname, ', ' ORDER BY k.n)), '"', '') AS index,
             i.indisunique AS is_unique
      FROM pg_index i, unnest(i.indkey::int[]) WITH ORDINALITY k (attnum, n), pg_attribute a
      WHERE a.attrelid = i.indrelid AND a.attnum = k.attnum AND i.indpred IS NULL
      GROUP BY i.indexrelid, i.indrelid, i.indisunique`);
    expect(found).toContainEqual({ index, is_unique: isUnique });
  });

  it('is what the entities describe', async () => {
    const orm = await createOrm({ ...databaseOptions(test.environment), queryTimeout: 0 });
    try {
      const update = await orm.schema.getUpdateSchemaSQL({ wrap: false });
      const statements = update.split(/;\n+/).filter((statement) => statement !== '');
      // Tables, views, functions and triggers that are in SQL only are no entities; MikroORM would take them away.
      const differences = statements.filter((statement) => !/^drop (function|trigger|view)/.test(statement));
      expect(differences).toEqual(
        [
          'command_changes',
          'command_hours',
          'erased_with_user',
          'instances',
          'journal_entries',
          'lanes',
          'message_changes',
          'message_hours',
          'message_last_hours',
          'message_user_days',
          'message_users',
          'moderation_log',
          'settings',
          'task_runs',
          'turns',
        ].map((table) => `drop table if exists "${table}" cascade`),
      );
    } finally {
      await orm.close(true);
    }
  });

  it("takes a person's things away with the person", async () => {
    await database.query("SELECT save_conversation('1', 'ada', 'Hello', 'Hi', now(), NULL)");
    await database.query("SELECT check_rate_limit('1', 5, 60000, 0, 'message')");
    await database.query("INSERT INTO warnings (user_id, reason, issued_by) SELECT id, 'spam', '9' FROM users");
    await database.query("INSERT INTO message_stats (user_id, message_type) SELECT id, 'chat' FROM users");
    await database.query(
      "INSERT INTO command_usage (user_id, command_name, success) SELECT id, 'help', true FROM users",
    );
    await database.query("DELETE FROM users WHERE discord_id = '1'");
    for (const table of ['conversations', 'rate_limits', 'warnings', 'message_stats', 'command_usage']) {
      expect(await database.query(`SELECT * FROM ${table}`)).toEqual([]);
    }
  });

  it('fills in what a row written by hand leaves out', async () => {
    await database.query("INSERT INTO users (discord_id, username) VALUES ('2', 'grace')");
    await database.query("INSERT INTO warnings (user_id, reason, issued_by) SELECT id, 'spam', '9' FROM users");
    await database.query(
      "INSERT INTO warnings (user_id, reason, issued_by) SELECT id, 'spam again', 'automation' FROM users",
    );
    await database.query(
      "INSERT INTO conversations (user_id, user_message, ai_response) SELECT id, 'a', 'b' FROM users",
    );
    expect(
      await database.query(`SELECT count(DISTINCT id)::int AS ids, min(length(id)) AS length, key,
        bool_and(expires_at - created_at = interval '30 days') AS for_30_days FROM warnings GROUP BY key`),
    ).toEqual([{ ids: 2, length: 12, key: null, for_30_days: true }]);
    expect(await database.query("SELECT user_message, ai_response FROM get_user_context('2', 20)")).toEqual([
      { user_message: 'a', ai_response: 'b' },
    ]);
    await database.query('TRUNCATE users CASCADE');
  });
});

describe.skipIf(!inject('postgres'))("the specification's queries", () => {
  let test: TestDatabase;
  let database: Database;
  const ada = '100000000000000001';
  beforeAll(async () => {
    test = await createTestDatabase();
    database = await openDatabase(test.environment);
    for (const n of [1, 2, 3]) {
      const values = [ada, 'ada', `question ${n}`, `answer ${n}`, `${3 - n} minutes`];
      await database.query('SELECT save_conversation($1, $2, $3, $4, now() - $5::interval, NULL)', values);
    }
    const ages = ['0', '7 days', '29 days', '30 days', '40 days'];
    for (const age of ages) {
      await database.query(
        `INSERT INTO warnings (user_id, reason, issued_by, created_at, expires_at)
         SELECT get_or_create_user($1, 'ada'), 'spam', '9', now() - $2::interval, now() - $2::interval + interval '30 days'`,
        [ada, age],
      );
      await database.query(
        `INSERT INTO message_stats (user_id, message_type, "timestamp")
         SELECT get_or_create_user($1, 'ada'), 'chat', now() - $2::interval`,
        [ada, age],
      );
    }
  });
  afterAll(async () => {
    await database?.close();
    await test?.drop();
  });

  it('give the context of a user', async () => {
    const rows = await database.query('SELECT * FROM get_user_context($1, 20)', [ada]);
    expect(rows).toEqual(
      [1, 2, 3].map((n) => ({
        user_message: `question ${n}`,
        ai_response: `answer ${n}`,
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d /),
      })),
    );
  });

  it('give the number of active warnings', async () => {
    const rows = await database.query(
      `SELECT COUNT(*) as active_warnings
FROM warnings w
JOIN users u ON u.id = w.user_id
WHERE u.discord_id = $1 
  AND w.expires_at > NOW()`,
      [ada],
    );
    expect(rows).toEqual([{ active_warnings: '3' }]);
  });

  it('give how active a user is', async () => {
    const rows = await database.query(
      `SELECT COUNT(*) as msg_count 
   FROM message_stats ms
   JOIN users u ON u.id = ms.user_id
   WHERE u.discord_id = $1
     AND ms.timestamp > NOW() - INTERVAL '7 days'`,
      [ada],
    );
    expect(rows).toEqual([{ msg_count: '1' }]);
  });

  it("give a user's data", async () => {
    const conversations = await database.query(
      "SELECT * FROM conversations WHERE user_id = (SELECT id FROM users WHERE discord_id = '100000000000000001')",
    );
    expect(conversations).toHaveLength(3);
    const warnings = await database.query(
      "SELECT * FROM warnings WHERE user_id = (SELECT id FROM users WHERE discord_id = '100000000000000001')",
    );
    expect(warnings).toHaveLength(5);
  });
});
