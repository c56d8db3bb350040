import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Database } from '../../../src/core/database/Database.ts';
import { ControlledClock } from '../../../src/testing/ControlledClock.ts';
import { openPostgres, type Storage } from '../../support/repositories.ts';

describe.skipIf(!inject('postgres'))('two moderators who revoke one warning in the same instant', () => {
  let storage: Storage;
  let database: Database;
  beforeAll(async () => {
    storage = await openPostgres();
    if (!storage.database) throw new Error('There is no database to test.');
    database = storage.database;
    await storage.empty(new ControlledClock());
  });
  afterAll(() => storage?.[Symbol.asyncDispose]());

  const revoke = (actor: string) => `SELECT revoke_warning('1', 'w', '${actor}', now(), 'unwarn-${actor}') AS told`;
  const isWaiting = async () =>
    (
      await database.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      )
    ).length;

  it('revoke it once: the second waits, and hears that it was revoked already', async () => {
    await database.query(
      "SELECT add_warning('1', 'ada', 'w', 'spam', '9', now(), now() + interval '1 day', 'warn-1', now())",
    );
    let second: Promise<unknown> = Promise.resolve();
    await database.em().transactional(async (em) => {
      await em.getConnection().execute(revoke('8'), [], 'all', em.getTransactionContext());
      second = database.query(revoke('9'));
      second.catch(() => undefined);
      await expect.poll(isWaiting, { timeout: 20_000 }).toBe(1);
    });
    expect(await second).toEqual([{ told: 'alreadyRevoked' }]);
    expect(await database.query("SELECT actor FROM moderation_log WHERE action = 'unwarn'")).toEqual([{ actor: '8' }]);
  });
});
