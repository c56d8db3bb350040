import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Database } from '../../../src/core/database/Database.ts';
import { DatabaseAnalyticsRepository } from '../../../src/plugins/analytics/repositories/DatabaseAnalyticsRepository.ts';
import { ControlledClock } from '../../../src/testing/ControlledClock.ts';
import type { PostgresAddress } from '../../../src/testing/postgres/address.ts';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/postgres/testDatabase.ts';
import { openDatabase } from '../../../src/testing/repositories/openDatabase.ts';
import { QueryObserver } from '../../support/queryObserver.ts';

describe.skipIf(!inject('postgres'))('what is logged in PostgreSQL', () => {
  let made: TestDatabase;
  let observer: QueryObserver;
  let database: Database;
  let analytics: DatabaseAnalyticsRepository;
  beforeAll(async () => {
    made = await createTestDatabase();
    const { host, port } = inject('postgres') as PostgresAddress;
    observer = await QueryObserver.start({ host, port });
    database = await openDatabase({ ...made.environment, DB_PORT: String(observer.port) });
  });
  beforeEach(async () => {
    await database.query('DELETE FROM users');
    analytics = new DatabaseAnalyticsRepository(database, new ControlledClock());
  });
  afterAll(async () => {
    await database?.close();
    await observer?.[Symbol.asyncDispose]();
    await made?.drop();
  });

  const chat = (n: number, name = `name of ${n}`) =>
    analytics.logMessage(`${n}`, name, 'dm', 'chat', n, null, { key: `turn-${n}` });
  const command = (n: number) =>
    analytics.logCommand(`${n}`, `name of ${n}`, 'help', false, true, { key: `turn-${n}` });
  const total = async () => (await analytics.getGlobalStats(1)).total_messages;

  it('goes in few statements where it came together', async () => {
    await chat(0);
    const begin = performance.now();
    const people = Array.from({ length: 100 }, (_, n) => n);
    // Each twice, as two instances or a retry do.
    await Promise.all([...people.map((n) => chat(n)), ...people.map(command)]);
    await Promise.all(people.map((n) => chat(n)));
    // A hundred to a statement.
    expect(observer.between(begin, performance.now()).length).toBeLessThanOrEqual(5);
    expect(await analytics.getGlobalStats(1)).toMatchObject({
      total_messages: 100,
      unique_users: 100,
      top_commands: [{ command_name: 'help', usage_count: 100 }],
    });
  });

  it('is in every report that is asked for after it', async () => {
    await chat(1);
    const waiting = [chat(2), command(2)];
    expect((await analytics.getReport(1)).stats).toMatchObject({
      total_messages: 2,
      top_commands: [{ usage_count: 1 }],
    });
    void chat(3);
    expect(await analytics.countUser('3')).toEqual({ messages: 1, commands: 0 });
    await Promise.all(waiting);
  });

  it('fails alone where the database cannot hold it', async () => {
    const logged = await Promise.allSettled([chat(1), chat(2, 'with a \0'), chat(3)]);
    expect(logged.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await total()).toBe(2);
  });

  it('belongs to the transaction in which it is logged, and to no other', async () => {
    await chat(0);
    const outside = chat(1);
    const undone = database.transaction(async () => {
      await chat(2);
      expect(await database.query("SELECT FROM message_stats WHERE key = 'turn-2'")).toHaveLength(1);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await database.transaction(() => chat(3));
    await outside;
    const rows = await database.query<{ key: string }>('SELECT key FROM message_stats ORDER BY key');
    expect(rows.map(({ key }) => key)).toEqual(['turn-0', 'turn-1', 'turn-3']);
  });

  it('of the same people in another order by another instance makes nobody wait for ever', async () => {
    const other = new DatabaseAnalyticsRepository(database, new ControlledClock());
    const people = Array.from({ length: 50 }, (_, n) => `${n}`);
    for (const round of [1, 2, 3]) {
      const log = (repository: DatabaseAnalyticsRepository) => (id: string) =>
        repository.logMessage(id, `${id} in round ${round}`, 'dm', 'chat', null, null);
      await Promise.all([...people.map(log(analytics)), ...people.toReversed().map(log(other))]);
    }
    expect(await total()).toBe(300);
  });
});
