import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { Availability } from '../../../src/core/database/Availability.ts';
import { PostgresServer } from '../../../src/testing/postgres/PostgresServer.ts';
import { NotesBench } from './NotesBench.ts';

const patience = { timeout: 40_000, interval: 20 };

describe('Availability', () => {
  const never = new Promise<never>(() => undefined);
  const limits = { slow: 5, deadline: 10, onSlow: () => undefined };

  it('gives up who waits as soon as the database goes away, and nobody who comes later', async () => {
    const availability = new Availability();
    const patient = { ...limits, slow: 60_000, deadline: 60_000 };
    const waiting = [availability.wait(never, patient), availability.wait(never, patient)];
    expect(availability.begin('ECONNREFUSED')).toBe(true);
    for (const one of waiting)
      await expect(one).rejects.toMatchObject({
        name: 'UnavailableError',
        message: 'The database is away: ECONNREFUSED',
      });
    expect(await availability.wait(Promise.resolve('an answer'), limits)).toBe('an answer');
  });

  it('asks for a sign of life before the deadline passes', async () => {
    const order: string[] = [];
    const onSlow = () => order.push('slow');
    const waiting = new Availability().wait(never, { ...limits, onSlow });
    await waiting.catch(({ name }: Error) => order.push(name));
    expect(order).toEqual(['slow', 'DeadlineError']);
  });

  it('is one outage from the first moment to the last, whatever its reason', () => {
    const availability = new Availability();
    availability.begin('ECONNRESET');
    const { outage } = availability;
    availability.catchUp();
    expect(availability.outage?.catchingUp).toBe(true);
    expect([availability.begin('ECONNREFUSED'), availability.begin('ECONNREFUSED')]).toEqual([true, false]);
    expect(availability.outage).toBe(outage);
    expect(outage).toMatchObject({ reason: 'ECONNREFUSED', catchingUp: false });
    availability.end();
    expect(availability.outage).toBeUndefined();
  });
});

describe.skipIf(!inject('postgres'))('a database that goes away', { timeout: 120_000 }, () => {
  let server: PostgresServer;
  let bench: NotesBench;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  beforeEach(async () => {
    bench = await NotesBench.start(server);
  });
  afterEach(async () => {
    await server.resume();
    await bench?.[Symbol.asyncDispose]();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const hangUp = () =>
    bench.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`);
  const database = async () =>
    (await bench.sql<{ name: string }>('SELECT quote_ident(current_database()) AS name'))[0]?.name;
  let undo: () => Promise<unknown> = async () => undefined;
  const administer = async (statement: string) => {
    const client = await bench.connect('postgres');
    await client.query(statement).finally(() => client.end());
  };

  it.each<[string, () => Promise<unknown> | unknown]>([
    [
      'is killed',
      () =>
        server.kill().then(() => {
          undo = () => server.restart();
        }),
    ],
    [
      'freezes',
      () =>
        server.pause().then(() => {
          undo = () => server.resume();
        }),
    ],
    [
      'is behind a black hole',
      () => {
        bench.proxy.blackHole();
        undo = () => bench.proxy.heal();
      },
    ],
    [
      'refuses connections',
      () =>
        bench.proxy.refuse().then(() => {
          undo = () => bench.proxy.heal();
        }),
    ],
    [
      'takes no writes any more',
      async () => {
        const name = await database();
        await administer(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
        undo = () => administer(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
        await hangUp();
      },
    ],
    [
      'does not exist any more',
      async () => {
        const name = await database();
        // Nobody comes in while everyone is thrown out.
        await administer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
        await administer(`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '${name}'`);
        await administer(`ALTER DATABASE ${name} RENAME TO moved_away`);
        undo = async () => {
          await administer(`ALTER DATABASE moved_away RENAME TO ${name}`);
          await administer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
        };
      },
    ],
  ])('is found out by the first call when it %s, and used again afterwards', async (_what, end) => {
    await bench.open();
    await bench.notes.write('ada', 'before');
    await end();
    expect(await bench.notes.write('ada', 'during')).toBe('memory');
    // Slow alone would be no outage; the first call is not kept longer than the discovery takes.
    await bench.untilDegraded();
    expect(await bench.notes.read('ada')).toEqual(['before', 'during']);
    await undo();
    await bench.untilConnected();
    expect(await bench.rows()).toEqual(['before', 'during']);
    expect(await bench.notes.write('ada', 'after')).toBe('database');
    expect(bench.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('is given up by everyone who waits at the moment when one finds out, whatever time they have', async () => {
    await bench.open();
    const unlock = await bench.lock('ada');
    const patient = [1, 2, 3].map((n) =>
      bench.database.attempt(() => bench.database.query(`SELECT write_note('${n}', 'ada', '', now())`), 600_000),
    );
    const failing = Promise.all(
      patient.map((call) => expect(call).rejects.toMatchObject({ name: 'UnavailableError' })),
    );
    const waits = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    await expect.poll(async () => (await bench.sql(waits)).length, patience).toBe(3);
    bench.proxy.blackHole();
    expect(await bench.notes.write('grace', 'hello')).toBe('memory');
    await failing;
    expect(bench.database.state).toBe('degraded');
    await unlock();
  });

  it('is left alone by all calls until a probe succeeds, and probed by one connection at a time', async () => {
    await bench.open({ environment: { DB_CONNECTION_TIMEOUT: '500' } });
    bench.proxy.blackHole();
    await bench.notes.write('ada', 'first');
    await bench.untilDegraded();
    const [before, since] = [bench.proxy.connections, performance.now()];
    const calls = () => Promise.all(Array.from({ length: 20 }, (_, n) => bench.notes.read(`person ${n}`)));
    for (let probes = 0; probes < 3; ) {
      await calls();
      probes = bench.proxy.connections - before;
      await new Promise((resolve) => setImmediate(resolve));
    }
    // Between two of them passes a second at least, however many calls come.
    expect(bench.proxy.connections - before).toBeLessThanOrEqual(2 + (performance.now() - since) / 1_000);
    expect(bench.database.isReachable).toBe(false);
  });

  it('says one thing when it goes and one when it is back, however long it lasts and whatever it looks like', async () => {
    await bench.open();
    await bench.notes.write('ada', 'before');
    bench.lines.length = 0;
    bench.proxy.blackHole();
    await bench.notes.write('ada', 'first');
    await bench.untilDegraded();
    await bench.proxy.refuse();
    await expect.poll(() => bench.database.reason, patience).toBe('ECONNREFUSED');
    await server.kill();
    await bench.proxy.heal();
    await expect.poll(() => bench.database.reason, patience).not.toBe('ECONNREFUSED');
    await server.restart();
    await bench.untilConnected();
    expect(bench.lines.map(({ level, msg }) => [level, msg.split(';')[0]])).toEqual([
      ['error', 'The database does not answer'],
      ['info', 'The database is connected.'],
    ]);
  });
});
