import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Database } from '../../../src/core/database/Database.ts';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/postgres/testDatabase.ts';
import { openDatabase } from '../../../src/testing/repositories/openDatabase.ts';

describe.skipIf(!inject('postgres'))('what is called before each use of the database', () => {
  let test: TestDatabase;
  let database: Database;
  let failure: Error | undefined;
  let onCall: () => void = () => undefined;
  beforeAll(async () => {
    test = await createTestDatabase();
    const beforeQuery = () => {
      onCall();
      if (failure) throw failure;
    };
    database = await openDatabase(test.environment, { settings: {}, beforeQuery });
    await database.complete();
  });
  afterAll(async () => {
    await database?.close();
    await test?.drop();
  });

  it('takes the place of the database’s own words in everything that uses it, until it is silent again', async () => {
    failure = Object.assign(new Error('switched off'), { code: 'ECONNREFUSED' });
    let isDone = false;
    const work = async () => {
      isDone = true;
    };
    await expect(database.query('SELECT 1')).rejects.toBe(failure);
    await expect(database.transaction(work)).rejects.toBe(failure);
    expect(isDone).toBe(false);
    expect(() => database.em()).toThrow(failure);

    await expect(database.attempt(() => database.query('SELECT 1'))).rejects.toThrow('The database is away.');
    expect([database.state, database.reason]).toEqual(['degraded', 'ECONNREFUSED']);

    // The server itself answers all the while, and is not taken for back because of that.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await new Promise<void>((resolve) => {
        onCall = resolve;
      });
      expect(database.state).toBe('degraded');
    }

    const connected = new Promise<void>((resolve) => database.onChange((state) => state === 'connected' && resolve()));
    failure = undefined;
    await connected;
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
