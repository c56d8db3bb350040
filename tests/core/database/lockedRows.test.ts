import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Database } from '../../../src/core/database/Database.ts';
import { queryTimeout } from '../../../src/core/database/queryTimeout.ts';
import type { SqlFunction } from '../../../src/core/database/SqlFunction.ts';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/postgres/testDatabase.ts';
import { openDatabase } from '../../../src/testing/repositories/openDatabase.ts';

const recall: SqlFunction = { name: 'get_recent_exchanges', parameters: ['text', 'integer'] };
const claimTurn: SqlFunction = { name: 'claim_turn', parameters: ['text', 'text', 'text', 'text'] };

describe.skipIf(!inject('postgres'))('calls that go to PostgreSQL together', () => {
  let made: TestDatabase;
  let database: Database;
  let somebody: pg.Client;
  beforeAll(async () => {
    made = await createTestDatabase();
    database = await openDatabase({ ...made.environment, DB_QUERY_TIMEOUT: '10000' });
    const { DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD } = made.environment;
    somebody = new pg.Client({
      host: DB_HOST,
      port: Number(DB_PORT),
      database: DB_NAME,
      user: DB_USER,
      password: DB_PASSWORD,
    } as pg.ClientConfig);
    await somebody.connect();
  });
  afterAll(async () => {
    await somebody?.end();
    await database?.close();
    await made?.drop();
  });

  const claim = (message: string, person: string) =>
    database.call<{ verdict: string }>(claimTurn, [message, person, '1', 'an instance'], person);

  it('do not wait for the one whose row somebody holds, and that one has its answer when it is free', async () => {
    await Promise.all(['1', '5', '9'].map((person) => claim(`10${person}`, person)));
    await somebody.query('BEGIN');
    await somebody.query("SELECT FROM lanes WHERE discord_id = '5' FOR UPDATE");
    const [first, held, last] = [claim('201', '1'), claim('205', '5'), claim('209', '9')];
    let isHeld = true;
    void held.then(() => {
      isHeld = false;
    });
    expect(await Promise.all([first, last])).toMatchObject([[{ verdict: 'mine' }], [{ verdict: 'mine' }]]);
    // Others come through meanwhile, too.
    expect(await claim('301', '1')).toMatchObject([{ verdict: 'mine' }]);
    expect(isHeld).toBe(true);
    await somebody.query('COMMIT');
    expect(await held).toMatchObject([{ verdict: 'mine' }]);
    expect(await database.query('SELECT FROM turns WHERE attempts <> 1')).toEqual([]);
  });

  it('recall what was said before a turn was claimed, though it was said while the claim waited', async () => {
    await claim('501', '7');
    await somebody.query('BEGIN');
    await somebody.query("SELECT FROM lanes WHERE discord_id = '7' FOR UPDATE");
    await somebody.query("SELECT save_conversation('7', 'ada', 'What did I say?', 'This.', now(), 'said')");
    const both = Promise.all([claim('502', '7'), database.call(recall, ['7', 20], '7')]);
    const isWaiting = async (): Promise<boolean> =>
      ((await somebody.query('SELECT FROM pg_locks WHERE NOT granted')).rowCount ?? 0) > 0;
    while (!(await isWaiting()));
    await somebody.query('COMMIT');
    expect(await both).toMatchObject([[{ verdict: 'mine' }], [{ user_message: 'What did I say?' }]]);
  });

  it('do not get the connection of a statement that was given up', async () => {
    const givenUp = queryTimeout.run(100, () => database.query('SELECT pg_sleep(60)'));
    await expect(givenUp).rejects.toThrow('Query read timeout');
    expect(await Promise.all([database.query('SELECT 1 AS n'), claim('401', '1')])).toMatchObject([
      [{ n: 1 }],
      [{ verdict: 'mine' }],
    ]);
  });
});
