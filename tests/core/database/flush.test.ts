import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Database } from '../../../src/core/database/Database.ts';
import { ControlledClock } from '../../../src/testing/ControlledClock.ts';
import { openPostgres, type Storage } from '../../support/repositories.ts';

describe.skipIf(!inject('postgres'))('an exchange that is stored while its person flushes', () => {
  let storage: Storage;
  let database: Database;
  beforeAll(async () => {
    storage = await openPostgres();
    if (!storage.database) throw new Error('There is no database to test.');
    database = storage.database;
  });
  beforeEach(() => storage.empty(new ControlledClock()));
  afterAll(() => storage?.[Symbol.asyncDispose]());

  const save = "SELECT save_conversation('1', 'ada', 'Hello', 'Hi', now() - interval '1 second', NULL)";
  const flushes = [["flush_user_conversations('1', now())"], ['flush_all_conversations(now())']];

  // A flush that waits for a lock is as far as it gets; one that is done did not wait.
  async function untilWaitingOrDone(flush: Promise<unknown>): Promise<void> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    flush.then(done, done);
    const isWaiting = async () =>
      (
        await database.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
      ).length > 0;
    await expect.poll(async () => isDone || (await isWaiting()), { timeout: 20_000 }).toBe(true);
  }

  it.each(flushes)('is found by %s', async (call) => {
    let flush: Promise<{ n: string }[]> = Promise.resolve([]);
    await database.em().transactional(async (em) => {
      await em.getConnection().execute(save, [], 'all', em.getTransactionContext());
      flush = database.query<{ n: string }>(`SELECT ${call} AS n`);
      await untilWaitingOrDone(flush);
    });
    expect(await flush).toEqual([{ n: '1' }]);
    expect(await database.query('SELECT * FROM conversations')).toEqual([]);
  });

  it.each(flushes)('finds %s', async (call) => {
    await database.query("SELECT get_or_create_user('1', 'ada')");
    let saving: Promise<unknown> = Promise.resolve();
    await database.em().transactional(async (em) => {
      await em.getConnection().execute(`SELECT ${call}`, [], 'all', em.getTransactionContext());
      saving = database.query(save);
      await untilWaitingOrDone(saving);
    });
    await saving;
    expect(await database.query('SELECT * FROM conversations')).toEqual([]);
  });
});
