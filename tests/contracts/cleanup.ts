import { beforeEach, expect, it } from 'vitest';
import type { Given } from './describeContracts.ts';

/** What operators and the scheduled tasks may expect of the cleanup functions besides their rules, which sqlFunctions.ts has. */
export function cleanup(given: Given): void {
  const query = async <Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> => {
    if (!given.database) throw new Error('There is no database to ask.');
    return given.database.query<Row>(sql, parameters);
  };
  const remove = async (call: string): Promise<number> =>
    Number((await query<{ n: string }>(`SELECT ${call} AS n`))[0]?.n);
  const count = (table: string) => remove(`(SELECT count(*) FROM ${table})`);
  const warn = (id: string, issuedBy = '9') =>
    query(
      `INSERT INTO warnings (id, user_id, reason, issued_by, created_at, expires_at)
       SELECT $1, id, 'spam ' || $1, $2, now() - interval '30 days 1 hour', now() - interval '1 hour' FROM users`,
      [id, issuedBy],
    );
  const log = () =>
    query(
      `SELECT action, warning_id, discord_id, reason, actor, at = warned_at AS at_issue, at = expired_at AS at_expiry,
              expired_at - warned_at = interval '30 days' AS times_kept
       FROM moderation_log l JOIN users u ON u.id = l.user_id ORDER BY warning_id, l.at`,
    );

  beforeEach(async () => {
    await query("SELECT get_or_create_user('1', 'ada')");
  });

  it.each([
    ['cleanup_old_conversations', 'conversations', `user_message, ai_response, "timestamp") SELECT id, 'a', 'b'`],
    ['cleanup_expired_warnings', 'warnings', `reason, issued_by, expires_at) SELECT id, 'a', '9'`],
    ['cleanup_old_analytics', 'message_stats', `message_type, "timestamp") SELECT id, 'chat'`],
    ['cleanup_old_analytics', 'command_usage', `command_name, success, executed_at) SELECT id, 'help', true`],
  ])('%s removes from %s no more than asked for, the rest later', async (cleanup, table, columns) => {
    await query(
      `INSERT INTO ${table} (user_id, ${columns}, now() - n * interval '200 days' FROM users, generate_series(1, 5) n`,
    );
    await query(`INSERT INTO ${table} (user_id, ${columns}, now() + interval '1 hour' FROM users`);
    expect(await remove(`${cleanup}(0)`)).toBe(0);
    expect(await remove(`${cleanup}(2)`)).toBe(2);
    expect(await count(table)).toBe(4);
    expect(await remove(`${cleanup}(NULL)`)).toBe(3);
    expect(await remove(`${cleanup}(2)`)).toBe(0);
    expect(await count(table)).toBe(1);
  });

  it.each(['cleanup_old_conversations', 'cleanup_old_analytics'])(
    '%s removes no more than asked for, however PostgreSQL goes about it',
    async (cleanup) => {
      for (const [table, columns] of [
        ['conversations', `user_message, ai_response, "timestamp") SELECT id, 'a', 'b'`],
        ['message_stats', `message_type, "timestamp") SELECT id, 'chat'`],
      ]) {
        await query(
          `INSERT INTO ${table} (user_id, ${columns}, now() - interval '99 days' FROM users, generate_series(1, 9) n`,
        );
      }
      // The plan that is left looks at every row and, below it, at what is to be removed.
      const others = ['hashjoin', 'mergejoin', 'hashagg', 'sort', 'material', 'indexscan', 'bitmapscan'];
      const switches = others.map((name) => `set_config('enable_${name}', 'off', true)`);
      const sql = `WITH planned AS MATERIALIZED (SELECT ${switches}) SELECT ${cleanup}(2) AS n FROM planned`;
      expect(await query(sql)).toEqual([{ n: expect.toSatisfy((n) => Number(n) === 2) }]);
    },
  );

  it('cleanup_old_analytics counts messages and commands together against the limit', async () => {
    for (const [table, columns] of [
      ['message_stats', `message_type, "timestamp") SELECT id, 'chat'`],
      ['command_usage', `command_name, success, executed_at) SELECT id, 'help', true`],
    ]) {
      await query(
        `INSERT INTO ${table} (user_id, ${columns}, now() - n * interval '99 days' FROM users, generate_series(1, 3) n`,
      );
    }
    expect([await remove('cleanup_old_analytics(4)'), await remove('cleanup_old_analytics(4)')]).toEqual([4, 2]);
  });

  it('an expired warning is kept in the moderation log: who issued it, why, and that it expired', async () => {
    await warn('w1');
    expect(await remove('cleanup_expired_warnings()')).toBe(1);
    expect(await count('warnings')).toBe(0);
    const kept = { warning_id: 'w1', discord_id: '1', reason: 'spam w1', times_kept: true };
    expect(await log()).toEqual([
      { ...kept, action: 'warn', actor: '9', at_issue: true, at_expiry: false },
      { ...kept, action: 'expire', actor: 'system', at_issue: false, at_expiry: true },
    ]);
  });

  it('a warning that was revoked is not said to have expired', async () => {
    await warn('w1');
    await query(
      `INSERT INTO moderation_log (action, warning_id, user_id, reason, actor) SELECT 'unwarn', 'w1', id, '', '8' FROM users`,
    );
    expect(await remove('cleanup_expired_warnings(10)')).toBe(1);
    expect((await log()).map((row) => (row as { action: string }).action).toSorted()).toEqual(['unwarn', 'warn']);
  });

  it('what the moderation log has already stays as it is', async () => {
    await warn('w1');
    await query(
      `INSERT INTO moderation_log (action, warning_id, user_id, reason, actor) SELECT 'warn', 'w1', id, 'first', '7' FROM users`,
    );
    expect(await remove('cleanup_expired_warnings()')).toBe(1);
    await warn('w1');
    expect(await remove('cleanup_expired_warnings()')).toBe(1);
    expect(await log()).toMatchObject([{ action: 'expire' }, { action: 'warn', reason: 'first', actor: '7' }]);
  });

  it('the moderation log of a person goes with the person', async () => {
    await warn('w1');
    await remove('cleanup_expired_warnings()');
    await query('DELETE FROM users');
    expect(await count('moderation_log')).toBe(0);
  });
}
