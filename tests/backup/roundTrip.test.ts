import { describe, expect, inject, it } from 'vitest';
import { migrateUp } from '../../src/core/database/migrate.ts';
import { backup, contentOf, onDatabase, postgres, restore } from './kit.ts';
import { fillOddly } from './oddContent.ts';

describe.skipIf(!inject('postgres'))('a backup of PostgreSQL', () => {
  it('brings everything back as it was, and the bot goes on with the next numbers', async () => {
    const [source, target] = [await postgres(), await postgres()];
    const before = await onDatabase(source, async (query, orm) => {
      await migrateUp(orm);
      await fillOddly(query);
      return contentOf(query);
    });
    expect(before.users).toHaveLength(16);
    // What a server writes by default is not what is compared.
    for (const setting of ["timezone = 'Asia/Kolkata'", "extra_float_digits = '-5'", "intervalstyle = 'iso_8601'"])
      await onDatabase(target, (query) => query(`ALTER DATABASE ${target.DB_NAME} SET ${setting}`));
    expect(await restore(target, await backup(source))).toEqual({ leftOut: [], erasedAgain: 0, entries: 0 });
    await onDatabase(target, async (query) => {
      expect(await contentOf(query)).toEqual(before);
      expect(await query('SELECT FROM instances')).toEqual([]);
      await query('SELECT recount_statistics()');
      expect((await contentOf(query)).statistics).toEqual(before.statistics);
      const name = "INSERT INTO users (discord_id, username) VALUES ('new', 'new') RETURNING id::text";
      expect(await query(name)).toEqual([{ id: await nextNumber(source) }]);
      await query("SELECT log_message('new', NULL, now(), 'dm', 'chat', 1, 1, 'new')");
      const counted = 'SELECT total_messages::text AS n FROM get_global_stats(36500)';
      expect(await query(counted)).toEqual([{ n: '16' }]);
      await expect(query('UPDATE conversations SET user_id = 0')).rejects.toMatchObject({ code: '23503' });
    });
  });
});

const nextNumber = (environment: Record<string, string>) =>
  onDatabase(environment, async (query) => {
    const [row] = await query<{ id: string }>("SELECT nextval('users_id_seq')::text AS id");
    return row?.id;
  });
