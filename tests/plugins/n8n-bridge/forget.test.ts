import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Database } from '../../../src/core/database/Database.ts';
import { createLog } from '../../../src/core/log/createLog.ts';
import { minutes } from '../../../src/core/time.ts';
import { LateMemories } from '../../../src/plugins/n8n-bridge/LateMemories.ts';
import { n8nBridge } from '../../../src/plugins/n8n-bridge/plugin.ts';
import { N8nMemoryRepository } from '../../../src/plugins/n8n-bridge/repositories/N8nMemoryRepository.ts';
import { ControlledClock } from '../../../src/testing/ControlledClock.ts';
import { FaultProxy } from '../../../src/testing/network/FaultProxy.ts';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/postgres/testDatabase.ts';
import { openDatabase } from '../../../src/testing/repositories/openDatabase.ts';
import { addMessages, n8nTables } from './n8nTable.ts';

const ada = '100000000000000001';
const grace = '100000000000000002';
const poll = { timeout: 40_000, interval: 20 };
const waitsForLock = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

describe.skipIf(!inject('postgres'))("what n8n's memory gets late", { timeout: 120_000 }, () => {
  let test: TestDatabase;
  let client: pg.Client;
  // Two instances on one database, the way of the second can be broken.
  let proxy: FaultProxy;
  let databases: Database[] = [];
  let here: ReturnType<typeof bridgeOn>;
  let there: ReturnType<typeof bridgeOn>;
  let started = 0;
  let moment = 0;

  beforeAll(async () => {
    test = await createTestDatabase();
    client = await connect();
    await client.query(n8nTables['a table']);
    proxy = await FaultProxy.start({ host: String(test.environment.DB_HOST), port: Number(test.environment.DB_PORT) });
    const broken = { DB_HOST: proxy.host, DB_PORT: String(proxy.port), DB_QUERY_TIMEOUT: '2000' };
    databases = [await open({}), await open(broken)];
  });
  beforeEach(async () => {
    [here, there] = databases.map(bridgeOn) as [typeof here, typeof there];
    await client.query('DELETE FROM n8n_chat_histories');
    await client.query('DELETE FROM users');
    await client.query("UPDATE settings SET value = '-infinity' WHERE name IN ('flushed_before', 'forgotten_before')");
    started = Date.now();
    moment = 0;
  });
  afterEach(async () => {
    // What a failed test has locked.
    await client.query('ROLLBACK');
    await proxy.heal();
  });
  afterAll(async () => {
    for (const database of databases) await database.close();
    await proxy?.[Symbol.asyncDispose]();
    await client?.end();
    await test?.drop();
  });

  async function connect(): Promise<pg.Client> {
    const { DB_HOST: host, DB_PORT: port, DB_NAME: database, DB_USER: user, DB_PASSWORD: password } = test.environment;
    const connected = new pg.Client({ host, port: Number(port), database, user, password } as pg.ClientConfig);
    await connected.connect();
    return connected;
  }

  async function open(environment: Record<string, string>): Promise<Database> {
    const log = createLog({ level: 'silent', secrets: [] });
    const database = await openDatabase({ ...test.environment, ...environment }, { log });
    await database.complete();
    return database;
  }

  function bridgeOn(database: Database) {
    const clock = new ControlledClock();
    const memory = new N8nMemoryRepository(database);
    const container = { n8nMemory: memory, lateMemories: new LateMemories(memory, clock), clock };
    const { forget, record, recall } = n8nBridge().conversation ?? {};
    const context = { container } as never;
    return {
      database,
      clock,
      begins: (turn: object) => recall?.(turn as never, context),
      ends: (turn: object) => record?.(turn as never, { reply: { text: 'Well.' } } as never, context),
      givesUp: (turn: object) => record?.(turn as never, { reply: undefined } as never, context),
      forgets: (userId: string | undefined, at: Date) =>
        forget?.({ userId, at, scope: 'conversations', key: '1' }, context),
    };
  }

  /** A later moment than all before. */
  const now = (): Date => new Date(started + ++moment);
  const turnOf = (userId: string) => ({ id: `turn ${++moment}`, userId, at: now() });
  const remember = (...sessions: string[]) => client.query(addMessages, [sessions]);
  const sessions = async () =>
    (await client.query('SELECT session_id FROM n8n_chat_histories ORDER BY id')).rows.map(
      ({ session_id }) => session_id,
    );

  it.each([
    ['of one person', ada, [grace]],
    ['of everyone', undefined, []],
  ] as const)(
    'by a turn under way on another instance goes at its end, when it was erased %s',
    async (_, whom, left) => {
      const turn = turnOf(ada);
      await remember(ada, grace);
      expect(await here.forgets(whom, now())).toEqual({ "messages of n8n's memory": 2 - left.length });
      await remember(ada, `${ada}__Postgres_Chat_Memory`);
      await there.ends(turn);
      expect(await sessions()).toEqual(left);
      const next = turnOf(ada);
      await there.begins(next);
      await remember(ada);
      await there.ends(next);
      await there.begins(turnOf(ada));
      expect(await sessions()).toEqual([...left, ada]);
    },
  );

  it('in the instant of the erasing goes too, whoever is first', async () => {
    const turn = turnOf(ada);
    await client.query('SELECT get_or_create_user($1, NULL)', [ada]);
    // Whoever erases waits at the mark, which nobody sees yet when the turn ends.
    await client.query('BEGIN');
    await client.query('SELECT FROM users FOR UPDATE');
    const forgetting = here.forgets(ada, now());
    await expect.poll(async () => (await there.database.query(waitsForLock)).length, poll).toBe(1);
    const n8n = await connect();
    await n8n.query(addMessages, [[ada]]);
    await n8n.end();
    await there.ends(turn);
    await client.query('COMMIT');
    expect(await forgetting).toEqual({ "messages of n8n's memory": 1 });
    expect(await sessions()).toEqual([]);
  });

  it('by a run that was given up goes before the next turn, for five minutes', async () => {
    const turn = turnOf(ada);
    await there.givesUp(turn);
    await here.forgets(ada, now());
    await remember(ada);
    await there.begins(turnOf(grace));
    expect(await sessions()).toEqual([ada]);
    await there.begins(turnOf(ada));
    expect(await sessions()).toEqual([]);
    await remember(ada);
    there.clock.advance(minutes(5));
    await there.begins(turnOf(ada));
    expect(await sessions()).toEqual([]);
    await remember(ada);
    await there.begins(turnOf(ada));
    expect(await sessions()).toEqual([ada]);
  });

  it('stays when nothing was erased, or before it', async () => {
    await here.forgets(ada, now());
    const turn = turnOf(ada);
    await remember(ada);
    await there.givesUp(turn);
    await there.begins(turnOf(ada));
    await there.ends(turnOf(ada));
    expect(await sessions()).toEqual([ada]);
  });

  it('goes by the earliest of several runs that were given up, until each has its answer after all', async () => {
    const [first, second] = [turnOf(ada), turnOf(ada)];
    await there.givesUp(first);
    await there.givesUp(second);
    await here.forgets(ada, first.at);
    await remember(ada);
    await there.begins(turnOf(ada));
    expect(await sessions()).toEqual([]);
    await there.ends(first);
    await remember(ada);
    await there.begins(turnOf(ada));
    expect(await sessions()).toEqual([ada]);
  });

  it('goes before the next turn when the database was away at the end of this one', async () => {
    const turn = turnOf(ada);
    await here.forgets(ada, now());
    await remember(ada);
    await proxy.refuse();
    await there.database.query('SELECT 1').catch(() => undefined);
    await there.ends(turn);
    await there.begins(turnOf(ada));
    expect(await sessions()).toEqual([ada]);
    await proxy.heal();
    await expect.poll(() => there.database.state, poll).toBe('connected');
    await there.begins(turnOf(ada));
    expect(await sessions()).toEqual([]);
    await remember(ada);
    await there.begins(turnOf(ada));
    expect(await sessions()).toEqual([ada]);
  });

  it('keeps the next turn waiting for two seconds at most, and goes before one after it', async () => {
    await there.givesUp(turnOf(ada));
    await here.forgets(ada, now());
    await remember(ada);
    await client.query('BEGIN');
    await client.query('LOCK TABLE n8n_chat_histories IN ACCESS EXCLUSIVE MODE');
    await expect(there.begins(turnOf(ada))).rejects.toThrow('No answer within 2000 ms.');
    await client.query('COMMIT');
    await there.begins(turnOf(ada));
    expect(await sessions()).toEqual([]);
  });

  it('goes before the next turn when the database was slow at the end of this one', async () => {
    const turn = turnOf(ada);
    await here.forgets(ada, now());
    await remember(ada);
    await client.query('BEGIN');
    await client.query('LOCK TABLE users IN ACCESS EXCLUSIVE MODE');
    await there.ends(turn);
    expect(there.database.state).toBe('connected');
    await client.query('COMMIT');
    await there.begins(turnOf(ada));
    expect(await sessions()).toEqual([]);
  });

  it('is looked for once a minute while n8n has made no table, but always by who erased it', async () => {
    const ends = (bridge: typeof here) => bridge.ends(turnOf(ada));
    await client.query('ALTER TABLE n8n_chat_histories RENAME TO elsewhere');
    await Promise.all([here, there].map(ends)).finally(() =>
      client.query('ALTER TABLE elsewhere RENAME TO n8n_chat_histories'),
    );
    const turn = turnOf(ada);
    await here.forgets(ada, now());
    await remember(ada);
    there.clock.advance(minutes(1) - 1);
    await there.ends(turn);
    expect(await sessions()).toEqual([ada]);
    await here.ends(turn);
    expect(await sessions()).toEqual([]);
    await remember(ada);
    there.clock.advance(1);
    await there.ends(turn);
    expect(await sessions()).toEqual([]);
  });

  it('is marked once, by the latest erasing', async () => {
    const [early, late] = [now(), now()];
    await client.query('SELECT forget_user($1, $2)', [ada, late]);
    for (const at of [early, late]) await here.forgets(ada, at);
    const flushed = async () =>
      (await client.query('SELECT flushed_before FROM users WHERE discord_id = $1', [ada])).rows[0].flushed_before;
    expect(await flushed()).toBeNull();
    const later = now();
    await here.forgets(ada, later);
    await here.forgets(ada, late);
    expect(await flushed()).toEqual(later);
    await client.query('SELECT mark_everyone_forgotten($1)', [late]);
    await here.forgets(undefined, late);
    const everyone = "SELECT value FROM settings WHERE name = 'flushed_before'";
    expect((await client.query(everyone)).rows).toEqual([{ value: '-infinity' }]);
    await here.forgets(undefined, later);
    await here.forgets(undefined, late);
    const read = "SELECT value::timestamptz AS at FROM settings WHERE name = 'flushed_before'";
    expect((await client.query(read)).rows).toEqual([{ at: later }]);
  });
});
