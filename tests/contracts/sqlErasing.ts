import { beforeEach, expect, it } from 'vitest';
import config from '../../sapphire.config.ts';
import type { Query } from '../core/database/catalog.ts';
import type { Given } from './describeContracts.ts';

/** What everyone may expect of the SQL functions that erase. */
export function sqlErasing(given: Given): void {
  const query: Query = async (sql, parameters) => {
    if (!given.database) throw new Error('There is no database to ask.');
    return given.database.query(sql, parameters);
  };

  beforeEach(() => query("SELECT get_or_create_user('1', 'ada')"));

  // One person with a thing of each kind at each moment around 1,000 ms after the start of 2026, and another with one.
  const moment = (ms: number) => `timestamptz '2026-01-01 00:00:01Z' + ${ms} * interval '1 ms'`;
  const writeAll = async (discordId: string, ms: number, key: string) => {
    await query(`SELECT save_conversation('${discordId}', 'ada', '${key}', '', ${moment(ms)}, '${key}')`);
    await query(`SELECT log_message('${discordId}', 'ada', ${moment(ms)}, 'dm', 'chat', 1, 1, '${key}')`);
    await query(`SELECT log_command('${discordId}', 'ada', ${moment(ms)}, 'help', false, true, '${key}')`);
    const at = `(extract(epoch FROM ${moment(ms)}) * 1000)::bigint`;
    await query(`SELECT check_rate_limit('${discordId}', 5, 60000, ${at}, '${key}')`);
  };
  const kept = async () => {
    const kinds = ['conversations', 'message_stats', 'command_usage'].map(
      (table) => `SELECT user_id, key, '${table}' AS kind FROM ${table}`,
    );
    const counts = "SELECT user_id, k AS key, 'rate_limits' AS kind FROM rate_limits, jsonb_object_keys(keys) k";
    const rows = await query<{ line: string }>(
      `SELECT u.discord_id || ' ' || t.key || ' ' || t.kind AS line FROM (${[...kinds, counts].join(' UNION ALL ')}) t
       JOIN users u ON u.id = t.user_id`,
    );
    return rows.map(({ line }) => line).sort();
  };
  const ofAllKinds = (...things: string[]) =>
    things.flatMap((thing) =>
      ['command_usage', 'conversations', 'message_stats', 'rate_limits'].map((kind) => `${thing} ${kind}`),
    );
  const asNumbers = (row: object | undefined) =>
    Object.fromEntries(Object.entries(row ?? {}).map(([name, n]) => [name, Number(n)]));
  const forget = async (call: string) => asNumbers((await query<object>(`SELECT * FROM ${call}`))[0]);

  it.each([
    ['forget_user', (ms: number) => `forget_user('1', ${moment(ms)})`, ['2 other']],
    ['forget_everyone', (ms: number) => `forget_everyone(${moment(ms)})`, []],
  ] as const)('%s erases all kinds up to the moment, and keeps out what comes late', async (_name, call, others) => {
    for (const ms of [-1, 0, 1]) await writeAll('1', ms, `at ${ms}`);
    await writeAll('2', -1, 'other');
    await query("SELECT add_warning('1', 'ada', 'id', 'spam', '9', now(), now() + interval '1 day', 'warn', now())");
    const n = 2 + (others.length === 0 ? 1 : 0);
    expect(await forget(call(0))).toEqual({ exchanges: n, statistics: 2 * n, rate_limit_counts: n });
    const left = ofAllKinds('1 at 1', ...others);
    expect(await kept()).toEqual(left);
    for (const ms of [0, -5])
      expect(await forget(call(ms))).toEqual({ exchanges: 0, statistics: 0, rate_limit_counts: 0 });
    for (const key of ['at 0', 'late']) await writeAll('1', 0, key);
    expect(await kept()).toEqual(left);
    await writeAll('1', 1, 'new');
    expect(await kept()).toEqual(ofAllKinds('1 at 1', '1 new', ...others));
    expect(await query('SELECT reason FROM warnings')).toEqual([{ reason: 'spam' }]);
  });

  it('forget_everyone keeps out what a person says first', async () => {
    await query(`SELECT forget_everyone(${moment(0)})`);
    await writeAll('3', 0, 'late');
    expect(await kept()).toEqual([]);
    await writeAll('3', 1, 'new');
    expect(await kept()).toEqual(ofAllKinds('3 new'));
  });

  it('get_user_context and get_recent_exchanges give nothing from before a person was forgotten', async () => {
    const save = (text: string, age: string) =>
      query(
        'INSERT INTO conversations (user_id, user_message, ai_response, "timestamp") SELECT id, $1, \'\', now() - $2::interval FROM users',
        [text, age],
      );
    await save('before', '2 hours');
    await save('after', '30 minutes');
    for (const forgotten of [
      "UPDATE users SET forgotten_before = now() - interval '1 hour'",
      "UPDATE settings SET value = (now() - interval '1 hour')::text WHERE name = 'forgotten_before'",
    ]) {
      await query(forgotten);
      for (const context of ['get_user_context', 'get_recent_exchanges'])
        expect(await query(`SELECT user_message FROM ${context}('1', 20)`)).toEqual([{ user_message: 'after' }]);
      await query('UPDATE users SET forgotten_before = NULL');
    }
  });

  it('a person who was forgotten has no name until the person writes again', async () => {
    const name = async () =>
      (await query<{ username: string }>("SELECT username FROM users WHERE discord_id = '1'"))[0];
    await query(`SELECT forget_user('1', ${moment(0)})`);
    expect(await name()).toEqual({ username: '1' });
    await writeAll('1', 0, 'late');
    const warn = (ms: number) =>
      query(`SELECT add_warning('1', 'ada', 'id-${ms}', 'spam', '9', ${moment(ms)}, now(), '${ms}', now())`);
    await warn(0);
    expect(await name()).toEqual({ username: '1' });
    await writeAll('1', 1, 'new');
    expect(await name()).toEqual({ username: 'ada' });
    // The same wish again, from a replay.
    await query(`SELECT forget_user('1', ${moment(0)})`);
    expect(await name()).toEqual({ username: 'ada' });
    await query(`SELECT forget_everyone(${moment(5)})`);
    expect(await name()).toEqual({ username: 'ada' });
    await query(`SELECT forget_user('1', ${moment(2)})`);
    await warn(3);
    expect(await name()).toEqual({ username: '1' });
    await warn(6);
    expect(await name()).toEqual({ username: 'ada' });
  });

  it('of a person who was forgotten nothing stays but the id and the moment', async () => {
    await query("SELECT flush_user_conversations('1', now() - interval '1 hour')");
    await query("SELECT check_rate_limit('1', 5, 60000, 1000, 'counted')");
    await query("SELECT reset_rate_limit('1', now() - interval '1 hour')");
    await query("SELECT forget_user('1', now())");
    expect(
      await query(
        `SELECT username, flushed_before, created_at = forgotten_before AS "isAsNew" FROM users WHERE discord_id = '1'`,
      ),
    ).toEqual([{ username: '1', flushed_before: null, isAsNew: true }]);
    expect(await query('SELECT FROM rate_limits')).toEqual([]);
  });

  it('what was erased or counted later than a person was forgotten stays so', async () => {
    await query("SELECT flush_user_conversations('1', now() + interval '1 hour')");
    await query("SELECT reset_rate_limit('1', now() + interval '1 hour')");
    await query("SELECT forget_user('1', now())");
    await query('SELECT forget_everyone(now())');
    expect(await query("SELECT flushed_before > now() AS later FROM users WHERE discord_id = '1'")).toEqual([
      { later: true },
    ]);
    expect(await query('SELECT erased_before > now() AS later FROM rate_limits')).toEqual([{ later: true }]);
  });

  it.each([
    ['forget_user', (ms: number) => `forget_user('1', ${moment(ms)})`, ['1 at 1', '2 at 0', '2 at 1']],
    ['forget_everyone', (ms: number) => `forget_everyone(${moment(ms)})`, ['1 at 1', '2 at 1']],
  ])('%s erases what is noted in erased_with_user, up to the moment', async (_name, call, left) => {
    for (const table of ['"Some things"', 'other_things'])
      await query(`CREATE TABLE ${table} (user_id bigint REFERENCES users (id), "when" timestamptz, what text)`);
    try {
      await query("INSERT INTO erased_with_user VALUES ('Some things', 'when'), ('other_things', 'when')");
      await query("SELECT get_or_create_user('2', 'grace')");
      for (const table of ['"Some things"', 'other_things'])
        for (const ms of [0, 1])
          await query(`INSERT INTO ${table} SELECT id, ${moment(ms)}, discord_id || ' at ${ms}' FROM users`);
      await query(`SELECT ${call(0)}`);
      for (const table of ['"Some things"', 'other_things'])
        expect(await query(`SELECT what FROM ${table} ORDER BY 1`)).toEqual(left.map((what) => ({ what })));
    } finally {
      await query('DROP TABLE "Some things", other_things');
      await query("DELETE FROM erased_with_user WHERE table_name IN ('Some things', 'other_things')");
    }
  });

  it('every table whose rows go with the user is known to forget_user', async () => {
    const noted = await query<{ table_name: string }>('SELECT table_name FROM erased_with_user');
    const known = [...noted.map(({ table_name }) => table_name), 'conversations', 'rate_limits'];
    const statistics = ['message_stats', 'command_usage'];
    const gone = config.plugins.filter(({ erasure }) => erasure === 'with the user');
    const tables = gone.flatMap(({ entities = [] }) => entities.map(({ meta }) => meta.tableName));
    expect(tables.length).toBeGreaterThan(1);
    expect([...known, ...statistics]).toEqual(expect.arrayContaining(tables));
  });

  it('count_forgettable counts what forget_everyone erases', async () => {
    for (const person of ['1', '2', '3']) await writeAll(person, 0, `of ${person}`);
    const { n8n_messages, ...counts } = await forget('count_forgettable()');
    expect(n8n_messages).toBe(0);
    expect(counts).toEqual({ exchanges: 3, statistics: 6, rate_limit_counts: 3 });
    expect(await forget(`forget_everyone(${moment(0)})`)).toEqual(counts);
    expect(await forget('count_forgettable()')).toMatchObject({ exchanges: 0, statistics: 0, rate_limit_counts: 0 });
  });

  it("n8n's memory is shown of one person and flushed of everyone, where there is one", async () => {
    const shown = () => query<{ session_id: string; message: unknown }>("SELECT * FROM get_n8n_memory('1')");
    const flushed = async () => Number((await query<{ n: unknown }>('SELECT flush_all_n8n_memory() AS n'))[0]?.n);
    expect(await shown()).toEqual([]);
    expect(await flushed()).toBe(0);
    await query('CREATE TABLE n8n_chat_histories (id serial PRIMARY KEY, session_id varchar(255), message jsonb)');
    try {
      const sessions = ['1', '12', '1__Postgres_Chat_Memory', '1_x', '2__1'];
      await query(
        `INSERT INTO n8n_chat_histories (session_id, message) SELECT s, to_jsonb(s) FROM unnest($1::text[]) s`,
        [sessions],
      );
      const own = ['1', '1__Postgres_Chat_Memory'];
      expect(await shown()).toEqual(own.map((session) => ({ session_id: session, message: session })));
      expect(await forget('count_forgettable()')).toMatchObject({ n8n_messages: 5 });
      expect(await flushed()).toBe(5);
      expect(await shown()).toEqual([]);
    } finally {
      await query('DROP TABLE n8n_chat_histories');
    }
  });
}
