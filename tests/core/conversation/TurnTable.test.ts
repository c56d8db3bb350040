import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { lease, TurnTable } from '../../../src/core/conversation/TurnTable.ts';
import type { Database } from '../../../src/core/database/Database.ts';
import { openEmbedded, openPostgres, type Storage } from '../../support/repositories.ts';

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
      expect(await row('6')).toMatchObject({ instance_id: null, attempts: 0, finished_at: null });
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
      await turns.finish('2');
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
      await turns.finish('6');
      await turns.heartbeat('a', { leaving: true });
      expect(await claim('7', 'b')).toEqual(other);
      expect(await claim('8', 'b', bob)).toEqual(mine(1, 2));
      expect(await sweep('b')).toEqual([]);
      expect(await turns.holds('5', 1)).toBe(true);
      await turns.finish('5');
      expect(await sweep('b')).toEqual([['7', 1, 2]]);
    });

    it('come back to their instance at once after a restart, and only then', async () => {
      await claim('5', 'a');
      await claim('6', 'a', bob);
      await claim('7', 'b');
      await turns.finish('6');
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

    it('stay finished', async () => {
      await claim('5', 'a');
      await turns.finish('5');
      const finished = await row('5');
      expect(finished).toMatchObject({ finished_at: expect.anything() });
      await turns.finish('5');
      expect(await row('5')).toEqual(finished);
      expect(await turns.holds('5', 1)).toBe(false);
      await turns.leave('a');
      expect(await sweep('b')).toEqual([]);
      expect(await claim('5', 'b')).toEqual({ ...done, fence: undefined });
      expect(await claim('5', 'a')).toEqual(done);
      // A message that is done moves no lane.
      expect(await lanes()).toEqual([{ discord_id: '1', instance_id: 'a' }]);
    });

    it('that nobody knows are neither finished nor held', async () => {
      await turns.finish('404');
      expect(await row('404')).toBeUndefined();
      expect(await Promise.all([turns.holds('404', 1), turns.holds('404', -1)])).toEqual([false, false]);
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
      await turns.finish(odd);
      expect(await row(odd)).toMatchObject({ finished_at: expect.anything() });
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
