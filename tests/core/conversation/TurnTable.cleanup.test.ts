import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { TurnTable } from '../../../src/core/conversation/TurnTable.ts';
import type { Database } from '../../../src/core/database/Database.ts';
import { openEmbedded, openPostgres, type Storage } from '../../support/repositories.ts';

const ada = { userId: '1', channelId: '10' };

for (const [where, isMissing, open] of [
  ['the embedded database', false, openEmbedded],
  ['PostgreSQL', !inject('postgres'), openPostgres],
] as const) {
  describe.skipIf(isMissing)(`old turns in ${where}`, { timeout: 120_000 }, () => {
    let storage: Storage;
    let database: Database;
    let turns: TurnTable;
    beforeAll(async () => {
      storage = await open();
      if (!storage.database) throw new Error('There is no database.');
      database = storage.database;
      turns = new TurnTable(database);
    }, 120_000);
    afterAll(() => storage?.[Symbol.asyncDispose]());
    beforeEach(async () => {
      for (const table of ['turns', 'lanes', 'instances']) await database.query(`DELETE FROM ${table}`);
      for (const instance of ['a', 'b', 'c']) await turns.heartbeat(instance);
    });

    const claim = (messageId: string, instance: string, person = ada) =>
      turns.claim({ messageId, ...person }, instance);
    const lanes = () => database.query('SELECT discord_id, instance_id FROM lanes ORDER BY discord_id');

    it('are removed by age when they are finished, oldest first and no more than asked, with idle lanes and dead instances', async () => {
      const ages = [5, 9, 7, 1, 8];
      for (const [index, hours] of ages.entries()) {
        await claim(`${index}`, 'a', { userId: `u${index}`, channelId: '1' });
        if (hours !== 8) await turns.finish(`${index}`);
        const sql = `UPDATE turns SET claimed_at = now() - $1 * interval '1 hour', finished_at = finished_at - $1 * interval '1 hour'
                     WHERE message_id = $2`;
        await database.query(sql, [hours, `${index}`]);
      }
      await database.query("UPDATE lanes SET active_at = now() - interval '6 hours' WHERE discord_id <> 'u1'");
      await database.query("UPDATE instances SET expires_at = now() - interval '25 hours' WHERE id = 'b'");
      await database.query("UPDATE instances SET expires_at = now() - interval '23 hours' WHERE id = 'c'");
      const left = async () => {
        const rows = await database.query<{ message_id: string }>('SELECT message_id FROM turns ORDER BY message_id');
        return rows.map(({ message_id }) => message_id);
      };
      const hour = 3_600_000;
      expect(await turns.cleanup(6 * hour, 0)).toBe(0);
      expect(await turns.cleanup(6 * hour, 1)).toBe(1);
      expect(await left()).toEqual(['0', '2', '3', '4']);
      expect(await turns.cleanup(5.5 * hour, 100)).toBe(1);
      expect(await left()).toEqual(['0', '3', '4']);
      expect(await turns.cleanup(5.5 * hour, 100)).toBe(0);
      expect((await lanes()).map((lane) => Object.values(lane)[0])).toEqual(['u0', 'u1', 'u3', 'u4']);
      expect(await database.query('SELECT id FROM instances ORDER BY id')).toEqual([{ id: 'a' }, { id: 'c' }]);
    });

    it('finished late are not removed right away', async () => {
      await claim('5', 'a');
      await database.query("UPDATE turns SET claimed_at = now() - interval '30 days'");
      await turns.finish('5');
      expect(await turns.cleanup(86_400_000, 100)).toBe(0);
    });
  });
}
