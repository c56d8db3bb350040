import { expect } from 'vitest';
import type { Query } from '../../core/database/catalog.ts';
import type { Storage } from '../../support/repositories.ts';
import { expectPlain } from './expectPlain.ts';
import { expectSumsOf } from './sums.ts';

/** More rows change in one statement than go into the sums at once, and the sums are right at every moment. */
export async function takeInManyRows(open: () => Promise<Storage>): Promise<void> {
  await using storage = await open();
  const query: Query = async (sql, parameters) => {
    if (!storage.database) throw new Error('There is no database to ask.');
    return storage.database.query(sql, parameters);
  };
  await query("INSERT INTO users (discord_id, username) SELECT n, 'name of ' || n FROM generate_series(1, 5100) n");
  // As the server does by itself, and maybe a moment before: then it would take these tables for empty ones.
  await query('ANALYZE');
  const all = `INSERT INTO message_stats (user_id, message_type, "timestamp")
  SELECT id, 'chat', now() - id % 100 * interval '1 hour' FROM users`;
  await query(all);
  await query('ANALYZE');
  await query(all);
  await expectPlain(query, 3);
  expect(await query('SELECT count(*)::int AS n FROM message_changes')).toEqual([{ n: 0 }]);
  await query('UPDATE message_stats SET "timestamp" = "timestamp" - interval \'1 hour\'');
  await expectPlain(query, 3);
  await query('DELETE FROM message_stats WHERE user_id % 3 > 0');
  await expectPlain(query, 3);
  await expectSumsOf(query);
}
