import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { lease, TurnTable } from '../../../src/core/conversation/TurnTable.ts';
import { createOrm } from '../../../src/core/database/createOrm.ts';
import type { Database } from '../../../src/core/database/Database.ts';
import { migrateUp } from '../../../src/core/database/migrate.ts';
import { databaseOptions, openEmbedded, openPostgres, type Storage } from '../../support/repositories.ts';
import { createTestDatabase } from '../../support/testDatabase.ts';
import { catalog, type Query } from '../database/catalog.ts';

const ada = { userId: '1', channelId: '10' };
const bob = { userId: '2', channelId: '20' };
const mine = (attempts = 1, fence = 1) => ({ verdict: 'mine', attempts, fence });
const other = { verdict: 'other', attempts: 0, fence: undefined };
const waiting = { verdict: 'waiting', attempts: 0, fence: undefined };
const done = { verdict: 'done', attempts: 1, fence: 1 };
const all = { takeOver: true, first: false, grace: 0 };

for (const [where, isMissing, open] of [
  ['the embedded database', false, openEmbedded],
  ['PostgreSQL', !inject('postgres'), openPostgres],
] as const) {
  describe.skipIf(isMissing)(`turns in ${where}`, { timeout: 120_000 }, () => {
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

    const endLease = (instance: string) =>
      database.query("UPDATE instances SET expires_at = now() - interval '1 millisecond' WHERE id = $1", [instance]);
    const claim = (messageId: string, instance: string, person = ada) =>
      turns.claim({ messageId, ...person }, instance);
    const sweep = async (instance: string, options: Partial<typeof all> = {}) =>
      (await turns.sweep(instance, { ...all, ...options })).map(({ messageId, attempts, fence }) => [
        messageId,
        attempts,
        fence,
      ]);
    const row = async (messageId: string) =>
      (await database.query<Record<string, unknown>>('SELECT * FROM turns WHERE message_id = $1', [messageId]))[0];
    const lanes = () => database.query('SELECT discord_id, instance_id FROM lanes ORDER BY discord_id');

    it('belong to the instance that asks first, once', async () => {
      expect(await claim('5', 'a')).toEqual(mine());
      expect(await claim('5', 'b')).toEqual({ ...other, attempts: 1 });
      // A repeated event; the fence tells a claim that got no answer that it went through.
      expect(await claim('5', 'a')).toEqual({ verdict: 'other', attempts: 1, fence: 1 });
    });

    it('of one person go to the instance that has the lane, those of another person to any', async () => {
      await claim('5', 'a');
      expect(await claim('6', 'b')).toEqual(other);
      expect(await claim('6', 'a')).toEqual(mine());
      expect(await claim('7', 'b', bob)).toEqual(mine());
      expect(await lanes()).toEqual([
        { discord_id: '1', instance_id: 'a' },
        { discord_id: '2', instance_id: 'b' },
      ]);
    });

    it('that another instance saw first wait unowned for the one that has the lane', async () => {
      await claim('5', 'a');
      await claim('6', 'b');
      expect(await row('6')).toMatchObject({ instance_id: null, attempts: 0, answer_ids: [], finished_at: null });
      expect(await sweep('b')).toEqual([]);
      expect(await sweep('a', { grace: 60_000 })).toEqual([]);
      expect(await sweep('a')).toEqual([['6', 1, 1]]);
      expect(await sweep('a')).toEqual([]);
    });

    it('wait for an earlier one that nobody works on, by number and not by letter', async () => {
      await claim('98', 'a');
      await claim('99', 'b');
      expect(await claim('100', 'a')).toEqual(waiting);
      expect(await row('100')).toMatchObject({ instance_id: null, attempts: 0 });
      // In the same lane an earlier one does not wait for a later one, nor does another lane.
      expect(await claim('97', 'a')).toEqual(mine());
      expect(await claim('101', 'a', bob)).toEqual(mine());
      expect(await sweep('a')).toEqual([
        ['99', 1, 1],
        ['100', 1, 1],
      ]);
      expect(await claim('102', 'a')).toEqual(mine());
    });

    it('are not handed out before an earlier one that is too young for a sweep', async () => {
      await claim('1', 'a');
      await claim('2', 'b');
      await claim('3', 'b');
      await database.query("UPDATE turns SET claimed_at = now() - interval '1 minute' WHERE message_id = '3'");
      expect(await sweep('a', { grace: 30_000 })).toEqual([]);
      await turns.finish('2', []);
      expect(await sweep('a', { grace: 30_000 })).toEqual([['3', 1, 1]]);
    });

    it('of a dead instance go to the one that takes its lane over, not before its lease ended', async () => {
      await claim('5', 'a');
      await claim('6', 'b');
      expect(await sweep('b')).toEqual([]);
      await endLease('a');
      expect(await sweep('b', { takeOver: false })).toEqual([]);
      expect(await turns.holds('5', 1)).toBe(true);
      expect(await sweep('b')).toEqual([
        ['5', 2, 2],
        ['6', 1, 2],
      ]);
      expect(await Promise.all([turns.holds('5', 1), turns.holds('5', 2)])).toEqual([false, true]);
      expect(await claim('7', 'b')).toEqual(mine(1, 2));
      expect(await claim('8', 'a')).toEqual(other);
    });

    it('of a dead instance go to one that claims a later message, the earlier ones first', async () => {
      await claim('5', 'a');
      await endLease('a');
      expect(await claim('6', 'b')).toEqual(waiting);
      expect(await turns.holds('5', 1)).toBe(false);
      expect(await sweep('b', { takeOver: false })).toEqual([
        ['5', 2, 2],
        ['6', 1, 2],
      ]);
    });

    it('are lost to an instance that comes back to life after its lane went to another', async () => {
      await claim('5', 'a');
      await endLease('a');
      await claim('6', 'b');
      await turns.heartbeat('a');
      expect(await turns.holds('5', 1)).toBe(false);
      expect(await claim('5', 'a')).toEqual({ ...other, attempts: 1 });
      expect(await sweep('a', { first: true })).toEqual([]);
      expect(await sweep('b')).toEqual([
        ['5', 2, 2],
        ['6', 1, 2],
      ]);
    });

    it('stay with an instance whose lease ended and was renewed before anybody noticed', async () => {
      await claim('5', 'a');
      await endLease('a');
      await turns.heartbeat('a');
      expect(await sweep('b')).toEqual([]);
      expect(await turns.holds('5', 1)).toBe(true);
    });

    it('are taken at once from an instance that left', async () => {
      await claim('5', 'a');
      await turns.leave('a');
      await turns.leave('a');
      expect(await sweep('b')).toEqual([['5', 2, 2]]);
    });

    it('go to the others while an instance is leaving, but for the lanes where it still works', async () => {
      await claim('5', 'a');
      await claim('6', 'a', bob);
      await turns.finish('6', []);
      await turns.heartbeat('a', { leaving: true });
      expect(await claim('7', 'b')).toEqual(other);
      expect(await claim('8', 'b', bob)).toEqual(mine(1, 2));
      expect(await sweep('b')).toEqual([]);
      expect(await turns.holds('5', 1)).toBe(true);
      await turns.finish('5', []);
      expect(await sweep('b')).toEqual([['7', 1, 2]]);
    });

    it('come back to their instance at once after a restart, and only then', async () => {
      await claim('5', 'a');
      await claim('6', 'a', bob);
      await claim('7', 'b');
      await turns.finish('6', []);
      expect(await sweep('a', { grace: 60_000 })).toEqual([]);
      expect(await sweep('a', { first: true, grace: 60_000 })).toEqual([['5', 2, 1]]);
      expect(await sweep('a', { first: true })).toEqual([
        ['5', 3, 1],
        ['7', 1, 1],
      ]);
    });

    it('are swept in full, whatever is known of them', async () => {
      const before = Date.now();
      await claim('5', 'a');
      await turns.leave('a');
      const [swept] = await turns.sweep('b', all);
      expect(swept).toEqual({ messageId: '5', ...ada, attempts: 2, fence: 2, claimedAt: expect.any(Date) });
      expect(Math.abs(Number(swept?.claimedAt) - before)).toBeLessThan(60_000);
    });

    it('stay finished, and keep all answers once', async () => {
      await claim('5', 'a');
      await turns.finish('5', ['50', '51']);
      const finished = await row('5');
      expect(finished).toMatchObject({ answer_ids: ['50', '51'] });
      await turns.finish('5', ['50', '51']);
      await turns.finish('5', []);
      expect(await row('5')).toEqual(finished);
      await turns.finish('5', ['51', '52']);
      expect(await row('5')).toEqual({ ...finished, answer_ids: ['50', '51', '52'] });
      expect(await turns.holds('5', 1)).toBe(false);
      await turns.leave('a');
      expect(await sweep('b')).toEqual([]);
      expect(await claim('5', 'b')).toEqual({ ...done, fence: undefined });
      expect(await claim('5', 'a')).toEqual(done);
      // A message that is done moves no lane.
      expect(await lanes()).toEqual([{ discord_id: '1', instance_id: 'a' }]);
    });

    it('that nobody knows are neither finished nor held', async () => {
      await turns.finish('404', ['50']);
      expect(await row('404')).toBeUndefined();
      expect(await Promise.all([turns.holds('404', 1), turns.holds('404', -1)])).toEqual([false, false]);
    });

    it('that were taken on while the database was away are entered once', async () => {
      const at = new Date('2026-02-12T19:00:00.123Z');
      const record = (messageId: string, instance: string) => turns.record({ messageId, ...ada }, instance, at);
      expect(await record('5', 'a')).toEqual(mine());
      const entered = await row('5');
      expect(entered).toMatchObject({ instance_id: 'a', attempts: 1 });
      expect(await record('5', 'a')).toEqual(mine());
      expect(await record('5', 'b')).toEqual({ ...other, attempts: 1 });
      expect(await row('5')).toEqual(entered);
      expect(await lanes()).toEqual([{ discord_id: '1', instance_id: 'a' }]);
      expect((await turns.sweep('a', { ...all, first: true }))[0]?.claimedAt).toEqual(at);
      await turns.finish('5', []);
      expect(await record('5', 'a')).toMatchObject({ verdict: 'done' });
      expect(await row('5')).toMatchObject({ attempts: 2, finished_at: expect.anything() });
    });

    it('that were taken on without the lane stay with that instance while it lives', async () => {
      const record = (messageId: string, instance: string) => turns.record({ messageId, ...ada }, instance, new Date());
      await claim('4', 'a');
      await claim('5', 'c');
      expect(await record('5', 'b')).toEqual(mine(1, -1));
      expect(await turns.holds('5', -1)).toBe(true);
      expect(await claim('5', 'a')).toEqual({ ...other, attempts: 1 });
      expect(await claim('6', 'a')).toEqual(waiting);
      expect(await sweep('a')).toEqual([]);
      expect(await sweep('b')).toEqual([]);
      // A restart of the one that has it.
      expect(await sweep('b', { first: true })).toEqual([['5', 2, -2]]);
      await endLease('b');
      expect(await sweep('a')).toEqual([
        ['5', 3, 1],
        ['6', 1, 1],
      ]);
      await turns.heartbeat('b');
      expect(await Promise.all([-1, -2, 1].map((fence) => turns.holds('5', fence)))).toEqual([false, false, true]);
      expect(await record('5', 'b')).toEqual({ ...other, attempts: 3 });
    });

    it('keep their lane where they were taken on without it', async () => {
      await claim('4', 'a');
      await turns.finish('4', []);
      await endLease('a');
      await turns.record({ messageId: '5', ...ada }, 'b', new Date());
      expect(await lanes()).toEqual([{ discord_id: '1', instance_id: 'a' }]);
    });

    it('cost the lane no write while it stays where it is, but once a minute', async () => {
      const version = async () =>
        (await database.query<{ ctid: string }>("SELECT ctid::text FROM lanes WHERE discord_id = '1'"))[0]?.ctid;
      await claim('5', 'a');
      const first = await version();
      await claim('6', 'a');
      await claim('7', 'b');
      expect(await version()).toBe(first);
      await database.query("UPDATE lanes SET active_at = now() - interval '61 seconds'");
      const aged = await version();
      await claim('8', 'a');
      expect(await version()).not.toBe(aged);
    });

    it('take any id as text', async () => {
      const odd = "1'; DROP TABLE turns; --";
      expect(await claim(odd, 'a')).toEqual(mine());
      expect(await claim('5', 'a')).toEqual(mine());
      await turns.finish(odd, ['{"a,b"}', "'", '']);
      expect(await row(odd)).toMatchObject({ answer_ids: ['{"a,b"}', "'", ''] });
    });

    it('are removed by age when they are finished, oldest first and no more than asked, with idle lanes and dead instances', async () => {
      const ages = [5, 9, 7, 1, 8];
      for (const [index, hours] of ages.entries()) {
        await claim(`${index}`, 'a', { userId: `u${index}`, channelId: '1' });
        if (hours !== 8) await turns.finish(`${index}`, []);
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
      await turns.finish('5', []);
      expect(await turns.cleanup(86_400_000, 100)).toBe(0);
    });

    it('keep their instance alive for the length of a lease', async () => {
      const [found] = await database.query<{ ms: number }>(
        "SELECT (extract(epoch FROM expires_at - now()) * 1000)::float8 AS ms FROM instances WHERE id = 'a'",
      );
      expect(found?.ms).toBeGreaterThan(0);
      expect(found?.ms).toBeLessThanOrEqual(lease.length + 1_000);
      expect(lease.renewal * 3).toBeLessThanOrEqual(lease.length);
    });
  });
}

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
      const turns = new TurnTable({ query });
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
