import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Database } from '../../src/core/database/Database.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/postgres/testDatabase.ts';
import { openDatabase } from '../../src/testing/repositories/openDatabase.ts';

const past = "now() - interval '1 hour'";
const writes = [
  `save_conversation('1', 'ada', 'Hello', 'Hi', ${past}, NULL)`,
  `log_message('1', 'ada', ${past}, 'dm', 'chat', 1, 1, NULL)`,
  `log_command('1', 'ada', ${past}, 'help', false, true, NULL)`,
  `check_rate_limit('1', 5, 60000, (extract(epoch FROM ${past}) * 1000)::bigint, 'message')`,
] as const;
const [conversation, message, command, count] = writes;

/** Each with the writes that it has to find, or be found by. */
const erasings: [erasing: string, writes: readonly string[]][] = [
  ["forget_user('1', now())", writes],
  ['forget_everyone(now())', writes],
  ["forget_statistics('1', now())", [message, command]],
  ["reset_rate_limit('1', now())", [count]],
  ["flush_user_conversations('1', now())", [conversation]],
  ['flush_all_conversations(now())', [conversation]],
];
const races = erasings.flatMap(([erasing, late]) =>
  late.map((write) => [write.split('(')[0], write, erasing] as const),
);

describe.skipIf(!inject('postgres'))('what is written while somebody erases', () => {
  let test: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    test = await createTestDatabase();
    database = await openDatabase(test.environment);
  });
  beforeEach(async () => {
    await database.query('DELETE FROM users');
    await database.query(
      "UPDATE settings SET value = '-infinity' WHERE name IN ('flushed_before', 'forgotten_before')",
    );
  });
  afterAll(async () => {
    await database?.close();
    await test?.drop();
  });

  const call = (functionCall: string) => database.query(`SELECT * FROM ${functionCall}`);

  async function rowsLeft(): Promise<number> {
    const [row] = await database.query<{ n: number }>(
      `SELECT ((SELECT count(*) FROM conversations) + (SELECT count(*) FROM message_stats) +
       (SELECT count(*) FROM command_usage) + (SELECT count(*) FROM rate_limits, jsonb_object_keys(keys)) +
       (SELECT count(*) FROM rate_limits, jsonb_array_elements(timestamps)))::int AS n`,
    );
    return row?.n ?? Number.NaN;
  }

  // What waits for a lock is as far as it gets; what is done did not wait.
  async function untilWaitingOrDone(work: Promise<unknown>): Promise<void> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    work.then(done, done);
    const waiting = () =>
      database.query("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
    await expect.poll(async () => isDone || (await waiting()).length > 0, { timeout: 20_000 }).toBe(true);
  }

  async function oneDuringTheOther(first: string, second: string): Promise<void> {
    let running: Promise<unknown> = Promise.resolve();
    await database.em().transactional(async (em) => {
      await em.getConnection().execute(`SELECT * FROM ${first}`, [], 'all', em.getTransactionContext());
      running = call(second);
      await untilWaitingOrDone(running);
    });
    await running;
  }

  for (const who of ['a person who is known', 'a person who was never seen']) {
    describe(`by ${who}`, () => {
      beforeEach(async () => {
        if (who === 'a person who is known') for (const write of writes) await call(write.replace(past, 'now()'));
        await database.query('DELETE FROM conversations');
        await database.query('DELETE FROM message_stats');
        await database.query('DELETE FROM command_usage');
        await database.query("UPDATE rate_limits SET timestamps = '[]', keys = '{}'");
      });

      it.each(races)('%s is found by it: %s, %s', async (_name, write, erasing) => {
        await oneDuringTheOther(write, erasing);
        expect(await rowsLeft()).toBe(0);
      });

      it.each(races)('%s finds it: %s, %s', async (_name, write, erasing) => {
        await oneDuringTheOther(erasing, write);
        expect(await rowsLeft()).toBe(0);
      });
    });
  }

  it.each(["forget_user('1', now())", 'forget_everyone(now())'])(
    'finds it beside what was counted later and stays: %s',
    async (erasing) => {
      await call(count.replace(past, "now() + interval '1 hour'").replace("'message'", "'later'"));
      await oneDuringTheOther(erasing, count);
      expect(await database.query('SELECT key FROM rate_limits, jsonb_object_keys(keys) key')).toEqual([
        { key: 'later' },
      ]);
    },
  );

  it('is kept where nobody erases', async () => {
    for (const write of writes) await call(write);
    // The count stands in two columns.
    expect(await rowsLeft()).toBe(writes.length + 1);
  });

  it('waits for nobody who waits for it, whoever writes, warns, renames and erases at once', async () => {
    const warn = (n: number) => `add_warning('1', 'name ${n}', 'id-${n}', '', '9', now(), now(), 'warn-${n}', now())`;
    const calls = Array.from({ length: 400 }, (_, n) => {
      const all = [...writes, ...erasings.map(([erasing]) => erasing), warn(n)];
      return (all[n % all.length] ?? '').replace("'ada'", `'name ${n}'`).replace(past, 'now()');
    });
    await Promise.all(calls.map(call));
    expect(await database.query('SELECT count(*)::int AS n FROM warnings')).toEqual([{ n: 36 }]);
  });

  it('is told to every instance, once it is certain', async () => {
    const { DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD } = test.environment;
    const listener = new pg.Client({
      host: DB_HOST,
      port: Number(DB_PORT),
      database: DB_NAME,
      user: DB_USER,
      password: DB_PASSWORD,
    });
    await listener.connect();
    try {
      const heard: unknown[] = [];
      listener.on('notification', ({ channel, payload }) => heard.push([channel, JSON.parse(payload ?? '')]));
      await listener.query('LISTEN steward_erased');
      const moment = "timestamptz '2026-01-02 03:04:05.678+05:30'";
      for (const [erasing] of erasings) await call(erasing.replace('now()', moment));
      const told = (person: string | null, scope: string) => [
        'steward_erased',
        { person, before: '2026-01-01T21:34:05.678000Z', scope },
      ];
      await expect
        .poll(() => heard, { timeout: 20_000 })
        .toEqual([
          told('1', 'everything'),
          told(null, 'everything'),
          told('1', 'everything'),
          told('1', 'conversations'),
          told(null, 'conversations'),
        ]);
      expect(new Date('2026-01-01T21:34:05.678000Z').toISOString()).toBe('2026-01-01T21:34:05.678Z');
    } finally {
      await listener.end();
    }
  });
});
