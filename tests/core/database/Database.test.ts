import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Database } from '../../../src/core/database/Database.ts';
import { lockDataDir } from '../../../src/core/database/lockDataDir.ts';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/postgres/testDatabase.ts';
import { prepareEmbedded } from '../../../src/testing/prepareEmbedded.ts';
import { openDatabase } from '../../../src/testing/repositories/openDatabase.ts';
import { resilientNotes } from './notes.ts';

// It takes its time to start on a busy machine.
describe('the embedded database', { timeout: 120_000 }, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'steward-database-'));
    await prepareEmbedded(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));
  const open = () => openDatabase({ DATA_DIR: folder });

  it('has its folder to itself while it is open, keeps what was written, and gives the folder back', async () => {
    const first = await open();
    await first.query("SELECT get_or_create_user('1', 'ada')");
    await expect(open()).rejects.toMatchObject({ code: 'DataDirLocked' });
    await first.close();
    const notes = resilientNotes(first);
    // No memory stands in: nobody would ever see what it keeps.
    await expect(notes.read('ada')).rejects.toThrow('The database is closed.');
    await expect(notes.write('ada', 'hello')).rejects.toThrow('The database is closed.');
    await expect(first.query('SELECT 1')).rejects.toThrow('The database is closed.');
    await expect(first.attempt(async () => 1)).rejects.toThrow('The database is closed.');
    await expect(first.call({ name: 'f', parameters: [] }, [], 'ada')).rejects.toThrow('The database is closed.');
    expect(() => first.em()).toThrow('The database is closed.');

    const second = await open();
    expect(await second.query('SELECT username FROM users')).toEqual([{ username: 'ada' }]);
    await second.query("INSERT INTO schema_migrations (name) VALUES ('004_from_the_future')");
    await second.close();

    await expect(open()).rejects.toMatchObject({ code: 'SchemaTooNew' });
    lockDataDir(folder)();
  });
});

describe.skipIf(!inject('postgres'))('a database', () => {
  let test: TestDatabase;
  let database: Database | undefined;
  beforeEach(async () => {
    test = await createTestDatabase();
  });
  afterEach(async () => {
    await database?.close();
    await test.drop();
  });

  it('gets the rules that its functions follow at each start, and keeps the moment of the last flush', async () => {
    const settings = async (rules: Record<string, string>) => {
      database = await openDatabase(test.environment, { settings: rules });
      const rows = await database.query<{ name: string; value: string }>('SELECT * FROM settings');
      return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
    };
    expect(await settings({ conversation_retention_hours: '12', analytics_retention_days: '3' })).toEqual({
      conversation_retention_hours: '12',
      analytics_retention_days: '3',
      flushed_before: '-infinity',
      forgotten_before: '-infinity',
    });
    await database?.query("SELECT flush_all_conversations('2026-01-02T03:04:05Z')");
    await database?.close();
    expect(await settings({ conversation_retention_hours: '1' })).toEqual({
      conversation_retention_hours: '1',
      analytics_retention_days: '3',
      flushed_before: '2026-01-02 03:04:05+00',
      forgotten_before: '-infinity',
    });
  });

  it('waits at its end for what it was about to do, and stays closed', async () => {
    const observer = new pg.Client({ ...inject('postgres'), database: test.name });
    await observer.connect();
    const rows = async (sql: string) => (await observer.query(sql)).rows;
    try {
      await observer.query('CREATE TABLE command_usage ()');
      const returning = await openDatabase(test.environment);
      expect(returning.reason).toBe('42P07');
      await observer.query('BEGIN');
      await observer.query('DROP TABLE command_usage');
      await observer.query('LOCK TABLE schema_migrations');
      const waiting = () => rows('SELECT mode FROM pg_locks WHERE NOT granted');
      await expect.poll(waiting, { timeout: 20_000 }).toEqual([{ mode: 'AccessShareLock' }]);
      const closed = returning.close();
      await observer.query('COMMIT');
      await closed;
      // What was under way is over by now.
      expect(await rows("SELECT to_regclass('users')::text AS name")).toEqual([{ name: 'users' }]);
      expect([returning.state, returning.reason]).toEqual(['degraded', 'closed']);
      const connections = () =>
        rows(`SELECT pid FROM pg_stat_activity
        WHERE application_name = 'steward' AND datname = current_database()`);
      await expect.poll(connections, { timeout: 20_000 }).toEqual([]);
    } finally {
      await observer.end();
    }
  });
});
