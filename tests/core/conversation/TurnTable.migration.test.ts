import { CompiledQuery } from 'kysely';
import { describe, expect, inject, it } from 'vitest';
import { TurnTable } from '../../../src/core/conversation/TurnTable.ts';
import { createOrm } from '../../../src/core/database/createOrm.ts';
import { migrateUp } from '../../../src/core/database/migrate.ts';
import { createTestDatabase } from '../../../src/testing/postgres/testDatabase.ts';
import { databaseOptions } from '../../../src/testing/repositories/openDatabase.ts';
import { catalog, type Query } from '../database/catalog.ts';

describe.skipIf(!inject('postgres'))('the migration of the turns', () => {
  it('is undone to what was before, and keeps what was under way', async () => {
    const { environment, drop } = await createTestDatabase();
    const orm = await createOrm({ ...databaseOptions(environment), queryTimeout: 0 });
    const query: Query = async <Row extends object>(sql: string, parameters: readonly unknown[] = []) =>
      (
        await orm.em
          .getConnection()
          .getClient()
          .executeQuery<Row>(CompiledQuery.raw(sql, [...parameters]))
      ).rows;
    try {
      await orm.migrator.up({ to: '003_analytics_schema' });
      await query(`INSERT INTO turns (message_id, discord_id, channel_id, claimed_at, finished_at) VALUES
        ('1', '1', '10', now() - interval '1 hour', NULL), ('2', '1', '10', now(), NULL), ('3', '2', '20', now(), now())`);
      const isOurs = (line: string): boolean => !line.includes('schema_migrations');
      const pending = (await orm.migrator.getPending()).map(({ name }) => name).filter((name) => name < '005');
      if (pending.length > 0) await orm.migrator.up({ migrations: pending });
      const before = (await catalog(query)).filter(isOurs);
      await orm.migrator.up({ migrations: ['005_turn_ledger'] });
      const turns = new TurnTable({ query, call: () => expect.fail('Nothing is claimed here.') });
      await turns.heartbeat('a');
      const swept = await turns.sweep('a', { takeOver: true, first: true, grace: 0 });
      expect(swept.map(({ messageId }) => messageId)).toEqual(['2']);
      await orm.migrator.down({ migrations: ['005_turn_ledger'] });
      expect((await catalog(query)).filter(isOurs)).toEqual(before);
      await migrateUp(orm);
      expect(await query('SELECT message_id FROM turns WHERE finished_at IS NULL')).toEqual([{ message_id: '2' }]);
    } finally {
      await orm.close(true);
      await drop();
    }
  });
});
