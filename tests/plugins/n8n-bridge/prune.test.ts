import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Database } from '../../../src/core/database/Database.ts';
import { ControlledClock } from '../../../src/testing/ControlledClock.ts';
import { openEmbedded, openPostgres, type Storage } from '../../support/repositories.ts';
import { addMessages, n8nTables } from './n8nTable.ts';

const ada = '100000000000000001';
const grace = '100000000000000002';

const places = [
  ['a table in the embedded database', openEmbedded, n8nTables['a table'], false],
  ['a table', openPostgres, n8nTables['a table'], true],
  ['a view', openPostgres, n8nTables['a view'], true],
] as const;

for (const [where, open, table, isServer] of places)
  describe.skipIf(isServer && !inject('postgres'))(`n8n's memory, ${where}, is pruned`, { timeout: 120_000 }, () => {
    let storage: Storage;
    let database: Database;
    beforeAll(async () => {
      storage = await open();
      if (!storage.database) throw new Error('There is no database to test.');
      database = storage.database;
    });
    beforeEach(async () => {
      await storage.empty(new ControlledClock());
      await database.query("DELETE FROM settings WHERE name = 'conversation_retention_hours'");
      if (await exists()) await database.query('DELETE FROM n8n_chat_histories');
      for (const person of [ada, grace]) await database.query("SELECT get_or_create_user($1, 'somebody')", [person]);
    });
    afterAll(() => storage?.[Symbol.asyncDispose]());

    const exists = async () =>
      (await database.query("SELECT FROM pg_class WHERE relname = 'n8n_chat_histories'")).length > 0;
    const remember = (...sessions: string[]) => database.query(addMessages, [sessions]);
    const prune = async (limit: number | null = 10_000) =>
      Number((await database.query<{ n: unknown }>('SELECT prune_n8n_memory($1) AS n', [limit]))[0]?.n);
    const sessions = async () =>
      (
        await database.query<{ session_id: string }>('SELECT session_id FROM n8n_chat_histories ORDER BY session_id')
      ).map(({ session_id }) => session_id);

    it('where it is, and not before', async () => {
      expect(await prune()).toBe(0);
      await database.query(table);
      expect(await prune()).toBe(0);
    });

    it('of people of whom nothing is known but who they are; of nobody else', async () => {
      const others = ['somebody', `${ada}1`, `${ada}_x`, `x${ada}`, `x__${ada}`, '__', '', `%`, `${ada}%__x`];
      await remember(ada, ada, `${ada}__Postgres_Chat_Memory`, `${ada}___`, ...others, `${grace}__`);
      expect(await prune()).toBe(5);
      expect(await sessions()).toEqual(others.toSorted());
    });

    // Each is something that happened at a moment, $2, to a person, $1.
    const turn = (finished: string) => `INSERT INTO turns (message_id, discord_id, channel_id, claimed_at, finished_at)
      VALUES (gen_random_uuid(), $1, '1', $2, ${finished})`;
    const happenings = {
      'a turn': turn('$2'),
      'a turn that took a day': turn('now()'),
      'an exchange': `INSERT INTO conversations (user_id, user_message, ai_response, "timestamp")
        SELECT id, 'a', 'b', $2 FROM users WHERE discord_id = $1`,
      'a message that is counted': `INSERT INTO message_stats (user_id, message_type, "timestamp")
        SELECT id, 'chat', $2 FROM users WHERE discord_id = $1`,
    };
    const happened = (what: keyof typeof happenings, age: string, person = ada) =>
      database.query(happenings[what].replaceAll('$2', '(now() - $2::interval)'), [person, age]);
    const all = Object.keys(happenings) as (keyof typeof happenings)[];

    it.each(all)('not while %s is younger than the retention', async (what) => {
      for (const person of [ada, grace]) await remember(person, `${person}__Postgres_Chat_Memory`);
      await happened(what, '23 hours 59 minutes');
      await happened(what, '24 hours 1 minute', grace);
      expect(await prune()).toBe(2);
      expect(await sessions()).toEqual([ada, `${ada}__Postgres_Chat_Memory`]);
      await database.query("INSERT INTO settings VALUES ('conversation_retention_hours', '23')");
      expect(await prune()).toBe(2);
    });

    it('not while a turn is under way, however long', async () => {
      await remember(ada);
      await database.query(turn('NULL').replaceAll('$2', "now() - interval '2 days'"), [ada]);
      expect(await prune()).toBe(0);
    });

    const erasings = [
      ['flushed', `UPDATE users SET flushed_before = now() - interval '1 hour' WHERE discord_id = '${ada}'`],
      ['forgotten', `UPDATE users SET forgotten_before = now() - interval '1 hour' WHERE discord_id = '${ada}'`],
      ['flushed with everyone', "SELECT mark_flushed(NULL, now() - interval '1 hour')"],
      ['forgotten with everyone', "SELECT mark_everyone_forgotten(now() - interval '1 hour')"],
    ] as const;

    it.each(erasings)('of somebody who was %s since and wrote nothing after it', async (_, erase) => {
      await remember(ada);
      for (const what of all) await happened(what, '61 minutes');
      expect(await prune()).toBe(0);
      await database.query(erase);
      // The command itself.
      await happened('a turn', '59 minutes 30 seconds');
      expect(await prune()).toBe(1);
    });

    it.each(all)('not of somebody who was erased before %s', async (what) => {
      await remember(ada);
      for (const [, erase] of erasings) await database.query(erase);
      await happened(what, '58 minutes');
      expect(await prune()).toBe(0);
    });

    it('in whole sessions, as many as it takes', async () => {
      const long = Array<string>(5).fill(ada);
      await remember(...long, `${ada}__x`, `${ada}__x`, grace, grace, 'other');
      expect(await prune(0)).toBe(0);
      expect(await prune(1)).toBe(5);
      expect(await prune(3)).toBe(4);
      expect(await prune(3)).toBe(0);
      await remember(ada, grace);
      expect(await prune(null)).toBe(2);
      expect(await sessions()).toEqual(['other']);
    });

    it('and flushed by the same rule: the id, or the id and two underscores', async () => {
      const part = fc.constantFrom('1', '2', '11', '_', '__', '%', '\\', "'", 'é', '🎉', 'Postgres Chat Memory');
      const session = fc.array(part, { maxLength: 5 }).map((parts) => parts.join(''));
      const people = fc.uniqueArray(fc.stringMatching(/^[12]{1,3}$/), { minLength: 1, maxLength: 4 });
      const belongs = (name: string, person: string) => name === person || name.startsWith(`${person}__`);
      await fc.assert(
        fc.asyncProperty(people, fc.uniqueArray(session, { maxLength: 20 }), async ([first = '', ...rest], names) => {
          await database.query('DELETE FROM n8n_chat_histories');
          await database.query('DELETE FROM users');
          await remember(...names);
          await database.query('SELECT flush_n8n_memory($1)', [first]);
          const unflushed = names.filter((name) => !belongs(name, first));
          expect((await sessions()).toSorted()).toEqual(unflushed.toSorted());
          for (const person of rest) await database.query('SELECT get_or_create_user($1, NULL)', [person]);
          await prune();
          const unpruned = unflushed.filter((name) => !rest.some((person) => belongs(name, person)));
          expect((await sessions()).toSorted()).toEqual(unpruned.toSorted());
        }),
        { numRuns: 50 },
      );
    });

    // The embedded database has one connection only.
    if (!isServer) return;
    it('without what a turn adds that begins meanwhile', async () => {
      await remember(ada, ada);
      const server = inject('postgres');
      const [row] = await database.query<{ name: string }>('SELECT current_database() AS name');
      const other = new pg.Client({ ...server, database: row?.name });
      await other.connect();
      try {
        // Whoever wants to delete this row has looked at everything, and waits.
        await other.query('BEGIN');
        await other.query('SELECT FROM n8n_chat_histories ORDER BY id LIMIT 1 FOR UPDATE');
        const pruning = prune();
        const waiting =
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%prune%'";
        await expect.poll(async () => (await database.query(waiting)).length, { timeout: 20_000 }).toBe(1);
        await database.query("SELECT * FROM heartbeat('bot', 60000, false)");
        await database.query("SELECT * FROM claim_turn('10', $1, '1', 'bot')", [ada]);
        await remember(ada, ada, ada);
        await other.query('COMMIT');
        expect(await pruning).toBe(2);
        expect(await sessions()).toEqual([ada, ada, ada]);
        expect(await prune()).toBe(0);
      } finally {
        await other.end();
      }
    });
  });
