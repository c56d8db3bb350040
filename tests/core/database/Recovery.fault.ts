import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { PostgresServer } from '../../../src/testing/postgres/PostgresServer.ts';
import { NotesBench } from './NotesBench.ts';

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `note ${n}`);
const patience = { timeout: 40_000, interval: 20 };

describe.skipIf(!inject('postgres'))('a database that comes back', { timeout: 120_000 }, () => {
  let bench: NotesBench;
  beforeEach(async () => {
    bench = await NotesBench.start(inject('postgres'));
  });
  afterEach(() => bench?.[Symbol.asyncDispose]());

  const writeAll = async (texts: readonly string[]) => {
    for (const text of texts) await bench.notes.write('ada', text);
  };

  it('has a write once whose answer was lost on its way', async () => {
    await bench.open();
    await bench.notes.write('ada', 'before');
    bench.proxy.blackHole('toClient');
    expect(await bench.notes.write('ada', 'committed')).toBe('memory');
    expect([bench.database.state, await bench.rows()]).toEqual(['degraded', ['before', 'committed']]);
    await bench.proxy.heal();
    await bench.untilConnected();
    expect(await bench.rows()).toEqual(['before', 'committed']);
  });

  it('has a write once that takes effect only after it was given up', async () => {
    await bench.open();
    await bench.notes.write('ada', 'before');
    const unlock = await bench.lock('ada');
    const late = bench.notes.write('ada', 'late');
    const waits = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    await expect.poll(async () => (await bench.sql(waits)).length, patience).toBe(1);
    bench.proxy.blackHole();
    expect(await late).toBe('memory');
    expect(bench.database.state).toBe('degraded');
    await unlock();
    await expect.poll(() => bench.rows(), patience).toEqual(['before', 'late']);
    await bench.proxy.heal();
    await bench.untilConnected();
    expect(await bench.rows()).toEqual(['before', 'late']);
  });

  it.each([
    ['the connection breaks', () => bench.proxy.cutOnceAfter(60_000, 'toServer')],
    ['the answer to a batch is lost', () => bench.proxy.cutOnceAfter(9_000, 'toClient')],
  ])('has everything once and in order although %s during a replay', async (_what, breakIt) => {
    await bench.open();
    await bench.proxy.refuse();
    const texts = numbered(450);
    await writeAll(texts);
    let cuts = 0;
    bench.proxy.on('cut', () => {
      cuts += 1;
    });
    breakIt();
    await bench.proxy.heal();
    breakIt();
    await bench.untilConnected();
    expect([cuts, await bench.rows()]).toEqual([1, texts]);
    expect(await bench.sql('SELECT count(*)::int AS n FROM journal_entries')).toEqual([{ n: 450 }]);
  });

  it('finds out when the network swallows everything while it replays, and goes on after that', async () => {
    await bench.open();
    await bench.proxy.refuse();
    const texts = numbered(300);
    await writeAll(texts);
    const unlock = await bench.lock('ada');
    await bench.proxy.heal();
    await expect.poll(() => bench.database.isReachable, patience).toBe(true);
    bench.proxy.blackHole();
    await expect.poll(() => bench.database.isReachable, patience).toBe(false);
    await bench.proxy.heal();
    await unlock();
    await bench.untilConnected();
    expect(await bench.rows()).toEqual(texts);
  });

  it('is migrated at last when the network swallows everything while it is being migrated', async () => {
    const locker = await bench.connect();
    await locker.query('BEGIN');
    // The migrations make a table of this name, and wait.
    await locker.query('CREATE TABLE journal_entries ()');
    const opening = bench.open();
    const waits = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    await expect.poll(async () => (await bench.sql(waits)).length, patience).toBe(1);
    bench.proxy.blackHole();
    expect((await opening).state).toBe('degraded');
    await bench.proxy.heal();
    await locker.query('ROLLBACK');
    await locker.end();
    await bench.untilConnected();
    await bench.notes.write('ada', 'hello');
    expect(await bench.rows()).toEqual(['hello']);
  });

  it('has what an earlier run kept, behind which a new one writes', async () => {
    await bench.open();
    await bench.proxy.refuse();
    await writeAll(['first', 'second']);
    await bench.database.close();
    await bench.open();
    expect([bench.database.state, bench.database.journal.depth('write')]).toEqual(['degraded', 2]);
    expect(await bench.notes.read('ada')).toEqual(['first', 'second']);
    await bench.notes.write('ada', 'third');
    await bench.proxy.heal();
    await bench.untilConnected();
    expect(await bench.rows()).toEqual(['first', 'second', 'third']);
  });

  it('has every note that a process said it had kept before it was killed', async () => {
    await bench.open();
    await bench.database.close();
    await bench.proxy.refuse();
    const writer = startWriter(bench);
    const kept: string[] = [];
    for await (const line of createInterface({ input: writer.stdout as NodeJS.ReadableStream })) {
      kept.push(line);
      if (kept.length === 50) writer.kill('SIGKILL');
    }
    if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');
    await bench.proxy.heal();
    await bench.open();
    await bench.untilConnected();
    const rows = await bench.rows();
    expect(kept.length).toBeGreaterThanOrEqual(50);
    // One may have been kept whose line was not written any more.
    expect([kept, [...kept, `note ${kept.length}`]]).toContainEqual(rows);
  });
});

describe.skipIf(!inject('postgres'))('a server that dies', { timeout: 120_000 }, () => {
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

  const lockWaits = (count: number) => {
    const sql = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    return expect.poll(async () => (await bench.sql(sql)).length, patience).toBe(count);
  };

  it('during a transaction leaves nothing of it, and all of it after the replay', async () => {
    const database = await bench.open();
    const both = async (texts: string[]) =>
      database.transaction(async () => {
        for (const text of texts)
          await database.query('SELECT write_note($1, $2, $3, now())', [`key of ${text}`, 'ada', text]);
        await database.query("SELECT write_note('key of last', 'grace', 'last', now())");
      });
    database.register('pairs', async ({ parameters }) => both(parameters as string[]));
    const unlock = await bench.lock('grace');
    const writing = database.attempt(() => both(['first', 'second']), 60_000);
    const failing = expect(writing).rejects.toMatchObject({ name: 'UnavailableError' });
    await lockWaits(1);
    await server.kill();
    await failing;
    await unlock().catch(() => undefined);
    await database.keep('pairs', { method: 'both', parameters: ['first', 'second'] }, 'ada');
    await server.restart();
    await bench.untilConnected();
    expect(await bench.rows()).toEqual(['first', 'second', 'last']);
  });

  it('during a migration is migrated when it is back', async () => {
    const locker = await bench.connect();
    await locker.query('BEGIN');
    await locker.query('CREATE TABLE journal_entries ()');
    const opening = bench.open();
    await lockWaits(1);
    await server.kill();
    expect((await opening).state).toBe('degraded');
    expect(await bench.notes.write('ada', 'hello')).toBe('memory');
    await server.restart();
    await bench.untilConnected();
    expect(await bench.rows()).toEqual(['hello']);
    await locker.end().catch(() => undefined);
  });

  it('during a replay has everything once and in order when it is back', async () => {
    await bench.open();
    await server.kill();
    const texts = numbered(700);
    for (const [n, text] of texts.entries()) await bench.notes.write(n === 450 ? 'grace' : 'ada', text);
    await bench.proxy.refuse();
    await server.restart();
    // The third batch of four waits for this lock.
    const unlock = await bench.lock('grace');
    await bench.proxy.heal();
    await lockWaits(1);
    expect(await bench.rows()).toEqual(numbered(400));
    await server.kill();
    await unlock().catch(() => undefined);
    await server.restart();
    await bench.untilConnected();
    expect(await bench.rows()).toEqual(texts);
  });

  describe('and a bot that stops', () => {
    // A connection that was left behind would stay open for half a minute.
    const untilNoneIsOpen = () => expect.poll(() => bench.proxy.open, { timeout: 15_000 }).toBe(0);

    it('leaves no connection behind, and what was not brought in is there at the next start', async () => {
      await bench.open();
      await server.kill();
      await bench.notes.write('ada', 'kept');
      await bench.database.close();
      await untilNoneIsOpen();
      expect([bench.database.state, bench.database.reason]).toEqual(['degraded', 'closed']);
      await server.restart();
      await bench.open();
      await bench.untilConnected();
      expect(await bench.rows()).toEqual(['kept']);
    });

    it('leaves no connection behind when nothing answers while a call is under way', async () => {
      await bench.open();
      await bench.notes.write('ada', 'before');
      await server.pause();
      const call = bench.notes.write('ada', 'kept');
      const closing = bench.database.close();
      expect(await call).toBe('memory');
      await closing;
      await server.resume();
      await untilNoneIsOpen();
      await bench.open();
      await bench.untilConnected();
      expect(await bench.rows()).toEqual(['before', 'kept']);
    });

    it('leaves no connection behind while a probe hangs', async () => {
      await bench.open({ environment: { DB_CONNECTION_TIMEOUT: '60000' } });
      await bench.notes.write('ada', 'before');
      await server.pause();
      const probing = once(bench.proxy, 'connection');
      expect(await bench.notes.write('ada', 'kept')).toBe('memory');
      await probing;
      await bench.database.close();
      await server.resume();
      await untilNoneIsOpen();
      expect(bench.lines.filter(({ msg }) => msg.includes('closed cleanly'))).toEqual([]);
    });

    it('leaves no connection behind while it replays behind a lock', async () => {
      await bench.open();
      await bench.proxy.refuse();
      for (const text of numbered(250)) await bench.notes.write('ada', text);
      const unlock = await bench.lock('ada');
      await bench.proxy.heal();
      await lockWaits(1);
      await bench.database.close();
      await unlock();
      await untilNoneIsOpen();
      await bench.open();
      await bench.untilConnected();
      expect(await bench.rows()).toEqual(numbered(250));
    });

    it('leaves no connection behind while it migrates behind a lock', async () => {
      const locker = await bench.connect();
      await locker.query('BEGIN');
      await locker.query('CREATE TABLE journal_entries ()');
      await server.pause();
      await bench.open();
      await server.resume();
      await lockWaits(1);
      await bench.database.close();
      await locker.query('ROLLBACK');
      await locker.end();
      await untilNoneIsOpen();
    });
  });
});

function startWriter(bench: NotesBench): ChildProcess {
  const script = fileURLToPath(new URL('./writeNotes.ts', import.meta.url));
  const environment = JSON.stringify(bench.environment);
  return spawn(process.execPath, [script, environment], { stdio: ['ignore', 'pipe', 'inherit'] });
}
