import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Erasure, Sentinel } from '../../../src/core/database/Sentinel.ts';
import { databaseOptions } from '../../../src/testing/repositories/openDatabase.ts';
import { NotesBench } from './NotesBench.ts';

const patience = { timeout: 40_000, interval: 20 };
const moment = '2026-01-02T03:04:05.000Z';

describe.skipIf(!inject('postgres'))('the sentinel', { timeout: 120_000 }, () => {
  let bench: NotesBench;
  beforeEach(async () => {
    bench = await NotesBench.start(inject('postgres'));
  });
  afterEach(() => bench?.[Symbol.asyncDispose]());

  const notify = (payload: string) => bench.sql('SELECT pg_notify($1, $2)', ['steward_erased', payload]);
  const forgotten = () => bench.mirror.forgotten;

  it('has the mirrors forget what another session erases, of one person or of everyone', async () => {
    await bench.open();
    for (const person of ['ada', 'grace']) await bench.notes.write(person, 'hello');
    await bench.sql('SELECT flush_user_conversations($1, $2)', ['ada', moment]);
    const before = new Date(moment);
    await expect.poll(forgotten, patience).toEqual([{ person: 'ada', before, scope: 'conversations' }]);
    expect([await bench.mirror.read('ada'), await bench.mirror.read('grace')]).toEqual([[], ['hello']]);
    await bench.sql('SELECT forget_everyone($1)', [moment]);
    await expect.poll(() => forgotten()[1], patience).toEqual({ person: undefined, before, scope: 'everything' });
    expect(await bench.mirror.read('grace')).toEqual([]);
  });

  it('leaves what is no erasure alone', async () => {
    await bench.open();
    await bench.notes.write('ada', 'hello');
    for (const payload of [
      ...[
        '',
        'null',
        '17',
        '"text"',
        '[]',
        '{}',
        'no JSON {',
        '{"person":null}',
        '{"person":null,"scope":"everything"}',
      ],
      JSON.stringify({ person: null, before: 'no date', scope: 'everything' }),
      JSON.stringify({ person: null, before: moment, scope: 'the whole world' }),
      JSON.stringify({ person: 17, before: moment, scope: 'everything' }),
      JSON.stringify({ before: moment, scope: 'everything' }),
      JSON.stringify({ person: null, before: null, scope: 'everything' }),
      JSON.stringify({ person: null, before: 9_999_999_999_999, scope: 'everything' }),
      JSON.stringify({ person: { toString: 'ada' }, before: moment, scope: 'everything' }),
    ])
      await notify(payload);
    await bench.sql('SELECT forget_user($1, $2)', ['the last one', moment]);
    await expect.poll(() => forgotten().length, patience).toBeGreaterThan(0);
    expect(forgotten().map(({ person }) => person)).toEqual(['the last one']);
    expect(await bench.mirror.read('ada')).toEqual(['hello']);
    expect(bench.database.state).toBe('connected');
  });

  it('believes the tables, not the words of anyone who may connect', async () => {
    await bench.open();
    for (const person of ['ada', 'grace']) await bench.notes.write(person, 'hello');
    await bench.sql('SELECT flush_user_conversations($1, $2)', ['grace', moment]);
    await expect.poll(() => forgotten().length, patience).toBe(1);
    const before = '9999-12-31T00:00:00.000Z';
    for (const person of ['ada', 'grace', null])
      for (const scope of ['conversations', 'everything']) await notify(JSON.stringify({ person, before, scope }));
    await bench.sql('SELECT forget_user($1, $2)', ['the last one', moment]);
    await expect.poll(() => forgotten().at(-1)?.person, patience).toBe('the last one');
    expect(forgotten().map(({ person, scope }) => [person, scope])).toEqual([
      ['grace', 'conversations'],
      ['grace', 'conversations'],
      ['the last one', 'everything'],
    ]);
    expect(new Set(forgotten().map(({ before }) => before.toISOString()))).toEqual(new Set([moment]));
    expect(await bench.mirror.read('ada')).toEqual(['hello']);
  });

  // An erasure's moment is the time at which somebody asked for it.
  const flush = (person: string) => bench.sql('SELECT flush_user_conversations($1, now())', [person]);

  it('learns what was erased while its connection was broken and the database fine', async () => {
    await bench.open();
    for (const person of ['ada', 'grace']) await bench.notes.write(person, 'hello');
    const pid = await bench.sql<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SHOW transaction_read_only'",
    );
    expect(pid).toHaveLength(1);
    // In one transaction, so that nobody listens any more when it takes effect.
    await bench.sql(`DO $$ BEGIN
      PERFORM pg_terminate_backend(${pid[0]?.pid}, 10000);
      PERFORM flush_user_conversations('ada', now());
    END $$`);
    await expect.poll(async () => forgotten().map(({ person }) => person), patience).toContain('ada');
    expect([await bench.mirror.read('ada'), await bench.mirror.read('grace')]).toEqual([[], ['hello']]);
    expect([bench.database.state, bench.lines.filter(({ level }) => level === 'error')]).toEqual(['connected', []]);
    // And it listens again.
    await flush('grace');
    await expect.poll(async () => forgotten().map(({ person }) => person), patience).toContain('grace');
  });

  it('learns what was erased in an outage before the database is used again', async () => {
    await bench.open();
    for (const person of ['ada', 'grace']) await bench.notes.write(person, 'hello');
    await bench.proxy.refuse();
    await bench.notes.read('ada');
    await flush('ada');
    const known: string[][] = [];
    bench.database.onChange(() => known.push(forgotten().map(({ person }) => String(person))));
    await bench.proxy.heal();
    await bench.untilConnected();
    expect(known).toEqual([['ada']]);
    expect([await bench.mirror.read('ada'), await bench.mirror.read('grace')]).toEqual([[], ['hello']]);
  });

  it('has dead letters from before an erasure go too, as far as they are meant', async () => {
    await bench.open();
    await bench.proxy.refuse();
    for (const person of ['ada', 'grace']) await bench.notes.write(person, 'raise 23503');
    await bench.proxy.heal();
    await bench.untilConnected();
    const people = async () => (await bench.database.journal.deadLetters.list()).map(({ entry }) => entry.person);
    expect(await people()).toEqual(['ada', 'grace']);
    // Notes are no conversations.
    await bench.sql("SELECT flush_user_conversations('ada', now() + interval '1 minute')");
    await bench.sql("SELECT * FROM forget_user('grace', now() + interval '1 minute')");
    await expect.poll(people, patience).toEqual(['ada']);
  });

  describe('alone', () => {
    function watch() {
      const erasures: Erasure[] = [];
      const losses: Error[] = [];
      const { env } = databaseOptions({ ...bench.environment });
      const sentinel = new Sentinel({
        env,
        onErased: (erasure) => erasures.push(erasure),
        onLost: (error) => losses.push(error),
      });
      return { sentinel, erasures, losses };
    }

    it('asks one question at a time, on one connection', async () => {
      const { sentinel } = watch();
      const before = bench.proxy.connections;
      await Promise.all(Array.from({ length: 50 }, () => sentinel.check(20_000)));
      await sentinel.check(20_000);
      expect(bench.proxy.connections - before).toBe(1);
      sentinel.close();
    });

    it('says that a database takes no writes', async () => {
      const { sentinel } = watch();
      const [row] = await bench.sql<{ name: string }>('SELECT quote_ident(current_database()) AS name');
      await bench.sql(`ALTER DATABASE ${row?.name} SET default_transaction_read_only = on`);
      await expect(sentinel.check(20_000)).rejects.toMatchObject({ code: '25006' });
      await expect.poll(() => bench.proxy.open, patience).toBe(0);
    });

    it('tells once that it lost its connection, and nothing when it let go itself', async () => {
      const { sentinel, losses } = watch();
      await sentinel.check(20_000);
      bench.proxy.reset();
      await expect.poll(() => losses.length, patience).toBe(1);
      await sentinel.check(20_000);
      sentinel.drop();
      await sentinel.check(20_000);
      sentinel.close();
      await expect.poll(() => bench.proxy.open, patience).toBe(0);
      expect(losses).toHaveLength(1);
    });

    it('connects no more once it is closed, also when it was about to', async () => {
      const { sentinel } = watch();
      const failing = expect(sentinel.check(60_000)).rejects.toThrow();
      sentinel.close();
      await failing;
      await expect(sentinel.check(60_000)).rejects.toThrow('The database is closed.');
      await expect.poll(() => bench.proxy.open, patience).toBe(0);
    });
  });
});
