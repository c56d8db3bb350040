import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { InProcessEngine } from '../../../src/core/scheduling/InProcessEngine.ts';
import { TaskRuns } from '../../../src/core/scheduling/TaskRuns.ts';
import { days, systemClock } from '../../../src/core/time.ts';
import { PostgresServer } from '../../../src/testing/postgres/PostgresServer.ts';
import { openDatabase } from '../../../src/testing/repositories/openDatabase.ts';
import { openEmbedded, openPostgres, type Storage } from '../../support/repositories.ts';
import { engineContract, givenBench } from './contract.ts';

for (const [where, isMissing, open] of [
  ['the embedded database', false, openEmbedded],
  ['PostgreSQL', !inject('postgres'), openPostgres],
] as const) {
  describe.skipIf(isMissing)(`tasks in the process, on ${where}`, { timeout: 60_000 }, () => {
    const bench = givenBench();
    let storage: Storage;
    const database = () => {
      if (!storage.database) throw new Error('There is no database.');
      return storage.database;
    };
    const make = () =>
      new InProcessEngine({ client: bench.client, log: bench.log, clock: systemClock, database: database(), soon: 0 });
    beforeAll(async () => {
      storage = await open();
    });
    beforeEach(() => database().query('DELETE FROM task_runs'));
    afterAll(() => storage?.[Symbol.asyncDispose]());

    // It takes its time; the engine is the same on both.
    if (open === openPostgres || !inject('postgres')) engineContract(bench, make);

    it('run, and say so', async () => {
      await bench.add('often', { interval: 100 });
      const scheduler = bench.start(make());
      expect(scheduler.state).toEqual({ engine: 'in-process', state: 'running' });
      await bench.ran('often', 2);
    });

    it('give an occurrence to one of many that claim it, and never one from before', async () => {
      const runs = new TaskRuns(database());
      const claims = await Promise.all(Array.from({ length: 20 }, () => runs.claim('task', 2_000)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      expect(await runs.claim('task', 1_000)).toBe(false);
      expect(await runs.claim('task', 3_000)).toBe(true);
      expect(await runs.claim('other', 1_000)).toBe(true);
    });

    it('are not kept from running by an instance whose clock went far ahead', async () => {
      const runs = new TaskRuns(database());
      await runs.claim('task', days(400));
      expect(await runs.claim('task', days(399))).toBe(false);
      expect(await runs.claim('task', days(30))).toBe(true);
    });

    it('wait for a database that cannot say whose turn it is, with one line in the log, and run when it can', async () => {
      await bench.add('often', { interval: 100 });
      await database().query('ALTER TABLE task_runs RENAME TO lost');
      const engine = {
        client: bench.client,
        log: bench.log,
        clock: systemClock,
        database: database(),
        soon: 0,
        retry: 5,
      };
      let asked = 0;
      const counting = new Proxy(database(), {
        get: (target, name) => {
          if (name === 'query') asked += 1;
          if (asked === 4) askedOften.resolve();
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      const askedOften = Promise.withResolvers<void>();
      bench.start(new InProcessEngine({ ...engine, database: counting }));
      await askedOften.promise;
      const ran = bench.ran('often', 2);
      await database().query('ALTER TABLE lost RENAME TO task_runs');
      await ran;
      expect(bench.lines).toMatchObject([{ level: 'warn', task: 'often', err: { code: '42P01' } }]);
    });

    it('are named in the log when their pattern cannot be read, and keep no other from running', async () => {
      await bench.add('confused', { pattern: 'every now and then' });
      await bench.add('clear', { interval: 100 });
      bench.start(make());
      await bench.ran('clear', 1);
      expect(bench.lines).toMatchObject([{ level: 'error', task: 'confused' }]);
    });
  });
}

describe.skipIf(!inject('postgres'))('tasks in the process, while the database is away', { timeout: 60_000 }, () => {
  const bench = givenBench();

  it('do not run, and run soon after it is back, what was missed once', async () => {
    await using server = await PostgresServer.start();
    const name = await server.createDatabase();
    const database = await openDatabase(server.environment(name));
    try {
      const options = { client: bench.client, log: bench.log, clock: systemClock, database, soon: 0, retry: 100 };
      let runs = 0;
      await bench.add('often', { interval: 200 }, () => {
        runs += 1;
      });
      const scheduler = bench.start(new InProcessEngine(options));
      await bench.ran('often', 2);
      const degraded = new Promise<void>((resolve) => database.onChange(() => resolve()));
      await server.kill();
      // Whoever notices first: the run that is due, or the database itself.
      await Promise.race([bench.said('A scheduled task waits for the database.'), degraded]);
      const before = runs;
      const missed = bench.ran('often', 1);
      await server.restart();
      await missed;
      expect(runs).toBe(before + 1);
      await bench.ran('often', 2);
      await scheduler.stop();
    } finally {
      await database.close();
    }
  });
});
