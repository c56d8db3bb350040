import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Claimed, TurnTable } from '../../../src/core/conversation/TurnTable.ts';
import type { Database } from '../../../src/core/database/Database.ts';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/postgres/testDatabase.ts';
import { openDatabase } from '../../../src/testing/repositories/openDatabase.ts';

const instances = ['a', 'b', 'c'] as const;
const all = { takeOver: true, first: false, grace: 0 };
const range = (length: number): number[] => Array.from({ length }, (_, index) => index);
const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, order: Math.random() }))
    .sort((one, other) => one.order - other.order)
    .map(({ item }) => item);

describe.skipIf(!inject('postgres'))(
  'turns that several instances ask for at the same time',
  { timeout: 120_000 },
  () => {
    let test: TestDatabase;
    const databases: Database[] = [];
    // An instance has connections of its own.
    const tables = new Map<string, TurnTable>();
    const on = (instance: string): TurnTable => tables.get(instance) as TurnTable;
    const query: Database['query'] = (sql, parameters) => (databases[0] as Database).query(sql, parameters);
    beforeAll(async () => {
      test = await createTestDatabase();
      for (const instance of instances) {
        const database = await openDatabase(test.environment);
        databases.push(database);
        tables.set(instance, new TurnTable(database));
      }
    });
    afterAll(async () => {
      for (const database of databases) await database.close();
      await test?.drop();
    });
    beforeEach(async () => {
      for (const table of ['turns', 'lanes', 'instances']) await query(`DELETE FROM ${table}`);
      for (const instance of instances) await on(instance).heartbeat(instance);
    });

    const claim = (instance: string, messageId: string, userId: string): Promise<Claimed> =>
      on(instance).claim({ messageId, userId, channelId: '10' }, instance);
    const swept = async (instance: string): Promise<string[]> =>
      (await on(instance).sweep(instance, all)).map(({ messageId }) => messageId);
    const endLease = (instance: string) =>
      query("UPDATE instances SET expires_at = now() - interval '1 millisecond' WHERE id = $1", [instance]);
    /** Turns of 100 people, two of each, in the hands of an instance that dies. */
    const leaveBehind = async (instance: string): Promise<string[]> => {
      const people = range(100);
      for (const round of [1, 2]) await Promise.all(people.map((n) => claim(instance, `${round}${n + 100}`, `u${n}`)));
      await endLease(instance);
      return people.flatMap((n) => [`1${n + 100}`, `2${n + 100}`]).sort();
    };

    it('are claimed once of 200 times', async () => {
      const claims = await Promise.all(range(200).map((n) => claim(n % 2 ? 'a' : 'b', '5', '1')));
      const verdicts = claims.map(({ verdict }) => verdict);
      expect(verdicts.filter((verdict) => verdict === 'mine')).toHaveLength(1);
      expect(verdicts.filter((verdict) => verdict === 'other')).toHaveLength(199);
      expect(await query('SELECT attempts FROM turns')).toEqual([{ attempts: 1 }]);
    });

    it('are handed out once each, in the order of each person, whatever order they are seen in', async () => {
      const messages = range(200).map((n) => ({ id: String(n * 7 + 1), person: `u${n % 5}` }));
      const asked = instances.flatMap((instance) => shuffled(messages).map((message) => ({ instance, ...message })));
      const handed: string[] = [];
      await Promise.all(
        shuffled(asked).map(async ({ instance, id, person }) => {
          const { verdict } = await claim(instance, id, person);
          if (verdict === 'mine') handed.push(id);
          if (verdict === 'waiting') handed.push(...(await swept(instance)));
          expect(verdict).not.toBe('done');
        }),
      );
      for (const instance of instances) handed.push(...(await swept(instance)));
      expect(handed.sort()).toEqual(messages.map(({ id }) => id).sort());
      const owners = await query('SELECT DISTINCT discord_id, instance_id, fence FROM turns');
      expect(owners).toHaveLength(5);
      // The third of three claims finds nothing to do.
      for (const { id } of messages) await on('a').finish(id);
      const late = await Promise.all(asked.map(({ instance, id, person }) => claim(instance, id, person)));
      expect(new Set(late.map(({ verdict }) => verdict))).toEqual(new Set(['done']));
    });

    it('are shared by those who take over from a dead instance, whole lanes and none of them twice', async () => {
      const left = await leaveBehind('c');
      const sweeps = await Promise.all(range(8).map((n) => swept(n % 2 ? 'a' : 'b')));
      expect(sweeps.flat().sort()).toEqual(left);
      expect(await query('SELECT DISTINCT fence, attempts FROM turns')).toEqual([{ fence: '2', attempts: 2 }]);
      const owners = await query('SELECT DISTINCT discord_id, instance_id FROM turns');
      expect(owners).toHaveLength(100);
    });

    it('are handed out once by a takeover and claims of later messages', async () => {
      const left = await leaveBehind('c');
      const handed = await Promise.all([
        ...range(100).map(async (n) =>
          (await claim('a', `3${n + 100}`, `u${n}`)).verdict === 'mine' ? [`3${n + 100}`] : [],
        ),
        ...range(4).map((n) => swept(n % 2 ? 'a' : 'b')),
      ]);
      handed.push(await swept('a'), await swept('b'));
      const later = range(100).map((n) => `3${n + 100}`);
      expect(handed.flat().sort()).toEqual([...left, ...later].sort());
    });

    it('that are finished while they are taken over are handed out at most once, and stay finished', async () => {
      const left = await leaveBehind('c');
      const [sweeps] = await Promise.all([
        Promise.all(range(4).map((n) => swept(n % 2 ? 'a' : 'b'))),
        ...left.map((id) => on('c').finish(id)),
      ]);
      expect(new Set(sweeps.flat()).size).toBe(sweeps.flat().length);
      const finished = await query('SELECT FROM turns WHERE finished_at IS NOT NULL');
      expect(finished).toHaveLength(200);
      expect(await Promise.all([swept('a'), swept('b')])).toEqual([[], []]);
    });

    it.each([
      ['a sweep', () => swept('a'), []],
      ['a claim', async () => (await claim('a', '5', '1')).verdict, 'done'],
    ])('that are being finished are not handed out by %s that waited for that', async (_, ask, expected) => {
      await claim('a', '4', '1');
      await claim('b', '5', '1');
      const answer = await (databases[0] as Database).em().transactional(async (em) => {
        await em.getConnection().execute("SELECT finish_turn('5')", [], 'all', em.getTransactionContext());
        const asked = ask();
        const blocked = () =>
          query("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
        await expect.poll(blocked, { timeout: 20_000 }).toHaveLength(1);
        return { asked };
      });
      expect(await answer.asked).toEqual(expected);
      expect(await query('SELECT attempts FROM turns WHERE finished_at IS NOT NULL')).toEqual([{ attempts: 0 }]);
    });

    it('are not orphaned by a cleanup at the same time', async () => {
      for (let round = 0; round < 10; round += 1) {
        const people = range(30).map((n) => `u${n}`);
        const claimed = people.map((person, n) => claim(n % 2 ? 'a' : 'b', `${round}${n + 100}`, person));
        // Everything that is finished is old, and so is every lane.
        await Promise.all([...claimed, ...range(10).map(() => on('c').cleanup(0, 1_000))]);
        expect(await query('SELECT FROM turns WHERE discord_id NOT IN (SELECT discord_id FROM lanes)')).toEqual([]);
        await Promise.all(people.map((_, n) => on('a').finish(`${round}${n + 100}`)));
      }
      // A cleanup leaves to another what that one is removing.
      await Promise.all(range(4).map(() => on('c').cleanup(0, 1_000)));
      expect(await on('c').cleanup(0, 1_000)).toBe(0);
      expect(await query('SELECT discord_id FROM lanes UNION ALL SELECT message_id FROM turns')).toEqual([]);
    });
  },
);
