import { describe, expect, inject, it } from 'vitest';
import { createOrm } from '../../../src/core/database/createOrm.ts';
import { migrateDown, migrateUp, migrationStatus } from '../../../src/core/database/migrate.ts';
import { createTestDatabase } from '../../../src/testing/postgres/testDatabase.ts';
import { databaseOptions } from '../../../src/testing/repositories/openDatabase.ts';
import type { Query } from '../../core/database/catalog.ts';
import { plainStats } from './plainStats.ts';
import { expectSumsOf } from './sums.ts';

describe.skipIf(!inject('postgres'))('the sums of the statistics', () => {
  it('are made of the rows that are there, and taken away without loss', async () => {
    const { environment, drop } = await createTestDatabase();
    const orm = await createOrm({ ...databaseOptions(environment), queryTimeout: 0 });
    const query: Query = (sql) => orm.em.getConnection().execute(sql);
    const insert = () =>
      query(`
        WITH messages AS (
          INSERT INTO message_stats (user_id, "timestamp", message_type, response_time_ms)
          SELECT get_or_create_user((n % 17)::text, 'name of ' || n % 17), now() - n * interval '7 minutes', 'chat', n
          FROM generate_series(1, 2000) n RETURNING user_id, "timestamp"
        )
        INSERT INTO command_usage (user_id, executed_at, command_name, success)
        SELECT user_id, "timestamp", 'help', true FROM messages`);
    const expectPlain = async (messages: number) => {
      const [row] = await query<{ stats: { total_messages: number }; plain: unknown }>(
        `SELECT (SELECT to_jsonb(s) FROM get_global_stats(30) s) AS stats, (${plainStats.replace('$1', '30')}) AS plain`,
      );
      expect(row?.stats).toEqual(row?.plain);
      expect(row?.stats.total_messages).toBe(messages);
    };
    try {
      await orm.migrator.up({ to: '009_moderation' });
      await insert();
      await migrateUp(orm);
      await expectPlain(2_000);
      await insert();
      await expectPlain(4_000);
      await expectSumsOf(query);
      while ((await migrationStatus(orm)).applied.includes('010_statistics')) await migrateDown(orm);
      await expectPlain(4_000);
      await insert();
      await query('DELETE FROM message_stats WHERE id % 2 = 0');
      await migrateUp(orm);
      await expectPlain(3_000);
      await expectSumsOf(query);
    } finally {
      await orm.close(true);
      await drop();
    }
  });
});
