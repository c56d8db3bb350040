import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { TurnTable } from '../../../src/core/conversation/TurnTable.ts';
import type { Database } from '../../../src/core/database/Database.ts';
import { openEmbedded, openPostgres, type Storage } from '../../support/repositories.ts';

const ada = { userId: '1', channelId: '10' };
const mine = (attempts = 1, fence = 1) => ({ verdict: 'mine', attempts, fence });
const other = { verdict: 'other', attempts: 0, fence: undefined };
const waiting = { verdict: 'waiting', attempts: 0, fence: undefined };
const all = { takeOver: true, first: false, grace: 0 };

for (const [where, isMissing, open] of [
  ['the embedded database', false, openEmbedded],
  ['PostgreSQL', !inject('postgres'), openPostgres],
] as const) {
  describe.skipIf(isMissing)(`turns that were taken on while ${where} was away`, { timeout: 120_000 }, () => {
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
      await turns.finish('5');
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
      await turns.finish('4');
      await endLease('a');
      await turns.record({ messageId: '5', ...ada }, 'b', new Date());
      expect(await lanes()).toEqual([{ discord_id: '1', instance_id: 'a' }]);
    });
  });
}
