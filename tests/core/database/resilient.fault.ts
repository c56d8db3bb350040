import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { RawEnvironment } from '../../../src/core/config.ts';
import { UnavailableError } from '../../../src/core/database/Availability.ts';
import type { Database } from '../../../src/core/database/Database.ts';
import type { Mirror } from '../../../src/core/database/Mirror.ts';
import { type RepositoryCall, resilient } from '../../../src/core/database/resilient.ts';
import { N8nMemoryRepository } from '../../../src/plugins/n8n-bridge/repositories/N8nMemoryRepository.ts';
import { PostgresServer } from '../../../src/testing/postgres/PostgresServer.ts';
import { openDatabase } from '../../../src/testing/repositories/openDatabase.ts';
import { NotesBench } from './NotesBench.ts';
import { DatabaseNotes, MemoryNotes, type Notes } from './notes.ts';
import { Wire } from './Wire.ts';

/** A contract as small as can be: runs one statement, says who answered. */
interface Answers {
  ask(sql: string, parameters?: readonly unknown[]): Promise<string>;
}

const mirror = (): Answers & Mirror => ({
  ask: async () => 'from memory',
  evict: () => undefined,
  forget: () => undefined,
  clear: () => undefined,
});

function answers(database: Database): Answers {
  const primary: Answers = {
    ask: async (sql, parameters) => {
      await database.query(sql, parameters);
      return 'from the database';
    },
  };
  return database.resilient<Answers, Answers & Mirror>({ name: 'answers', primary, mirror: mirror(), writes: {} });
}

// Gives up soon on a server that hangs.
const hasty = { DB_QUERY_TIMEOUT: '1000', DB_CONNECTION_TIMEOUT: '1000' };

describe.skipIf(!inject('postgres'))('a resilient repository', { timeout: 120_000 }, () => {
  let server: PostgresServer;
  let database: Database;
  let repository: Answers;

  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterEach(async () => {
    await database?.close();
    await server.resume();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  async function open(environment: RawEnvironment = {}): Promise<void> {
    const name = environment.DB_NAME ?? (await server.createDatabase());
    database = await openDatabase({ ...server.environment(name), DB_MAX_CONNECTIONS: '3', ...environment });
    repository = answers(database);
  }
  const untilConnected = () => expect.poll(() => database.state, { timeout: 60_000 }).toBe('connected');

  it('asks the database while it answers', async () => {
    await open();
    expect(await repository.ask('SELECT 1')).toBe('from the database');
    expect([database.state, database.reason]).toEqual(['connected', undefined]);
  });

  it('throws bad data back and stays with the database', async () => {
    await open();
    for (const [code, sql, ...parameters] of [
      ['22P02', "SELECT 'no number'::integer"],
      ['22012', 'SELECT 1 / $1::integer', 0],
      ['22003', 'SELECT $1::integer', '3000000000'],
      ['22021', 'SELECT $1::text', '\0'],
      ['23505', "INSERT INTO settings (name, value) VALUES ('flushed_before', '')"],
      ['23502', "INSERT INTO settings (name) VALUES ('nothing')"],
      ['23503', "INSERT INTO warnings (user_id, reason, issued_by) VALUES (999, '', '')"],
    ] as [string, string, ...unknown[]][]) {
      await expect(repository.ask(sql, parameters)).rejects.toMatchObject({ code });
      expect(database.state).toBe('connected');
    }
  });

  it('throws a bug back and stays with the database', async () => {
    await open();
    const broken = database.resilient<Answers, Answers & Mirror>({
      name: 'broken',
      primary: { ask: async () => (undefined as unknown as string).trim() },
      mirror: mirror(),
      writes: {},
    });
    await expect(broken.ask('')).rejects.toThrow(TypeError);
    expect(database.state).toBe('connected');
  });

  it.each([
    ['is killed', () => server.kill()],
    ['is stopped', () => server.stop()],
  ])('answers from memory when the server %s, and from the database when it is back', async (_what, end) => {
    await open();
    await database.query("INSERT INTO settings (name, value) VALUES ('kept', 'yes')");
    await end();
    expect(await repository.ask('SELECT 1')).toBe('from memory');
    expect(database.state).toBe('degraded');
    expect(database.reason).toEqual(expect.any(String));
    expect(await repository.ask('SELECT 1')).toBe('from memory');
    await server.restart();
    await untilConnected();
    expect(database.reason).toBeUndefined();
    expect(await repository.ask('SELECT 1')).toBe('from the database');
    expect(await database.query("SELECT value FROM settings WHERE name = 'kept'")).toEqual([{ value: 'yes' }]);
  });

  it('answers from memory what is under way when the server is killed', async () => {
    await open({ DB_MAX_CONNECTIONS: '4' });
    const calls = [1, 2, 3].map(() => repository.ask('SELECT pg_sleep(60)'));
    const running = () =>
      database.query("SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'");
    await expect.poll(async () => (await running()).length, { timeout: 60_000 }).toBe(3);
    await server.kill();
    expect(await Promise.all(calls)).toEqual(Array(3).fill('from memory'));
    await server.restart();
    await untilConnected();
  });

  // More than there are connections, so that each of them has to do its part.
  const askMuch = () => Promise.all(Array.from({ length: 12 }, () => repository.ask('SELECT pg_sleep(0.01)')));
  const all = (answer: string) => Array(12).fill(answer);

  it('answers from memory when the server hangs, and from the database with every connection when it goes on', async () => {
    await open(hasty);
    await untilConnected();
    await askMuch();
    await server.pause();
    expect(await askMuch()).toEqual(all('from memory'));
    expect(database.state).toBe('degraded');
    await server.resume();
    await expect.poll(askMuch, { timeout: 60_000 }).toEqual(all('from the database'));
    expect(database.state).toBe('connected');
  });

  it('answers from the database again when all its connections fell silent for good, and new ones work', async () => {
    await using wire = await Wire.to(server.port);
    await open({ ...hasty, DB_PORT: String(wire.port) });
    await untilConnected();
    await askMuch();
    wire.replug();
    expect(await askMuch()).toEqual(all('from memory'));
    await expect.poll(askMuch, { timeout: 60_000 }).toEqual(all('from the database'));
    await database.close();
  });

  it('waits for a connection no longer than for an answer', async () => {
    await open({ ...hasty, DB_CONNECTION_TIMEOUT: '600000', DB_IDLE_TIMEOUT: '1' });
    await untilConnected();
    await server.pause();
    expect(await repository.ask('SELECT 1')).toBe('from memory');
    await server.resume();
  });

  it('starts from memory when the server is away at boot, and goes to the database when it appears', async () => {
    const name = await server.createDatabase();
    await server.stop();
    await open({ DB_NAME: name });
    expect([database.state, database.reason]).toEqual(['degraded', 'ECONNREFUSED']);
    expect(await repository.ask('SELECT 1')).toBe('from memory');
    await server.restart();
    await untilConnected();
    expect(await repository.ask('SELECT * FROM users')).toBe('from the database');
  });

  it('starts from memory when the server hangs at boot, and goes to the database when it goes on', async () => {
    const name = await server.createDatabase();
    await server.pause();
    await open({ ...hasty, DB_NAME: name });
    expect(database.state).toBe('degraded');
    await server.resume();
    await untilConnected();
    expect(await repository.ask('SELECT * FROM users')).toBe('from the database');
  });

  it('starts from memory while there is no such database or login, and says which', async () => {
    const name = `later_${Date.now()}`;
    await open({ DB_NAME: name });
    expect([database.state, database.reason]).toEqual(['degraded', '3D000']);
    await server.createDatabase(name);
    await untilConnected();
    await database.close();
    await open({ DB_NAME: name, DB_PASSWORD: 'wrong' });
    expect([database.state, database.reason]).toEqual(['degraded', '28P01']);
  });

  it('answers from memory while the database is read-only', async () => {
    await open();
    const write = "INSERT INTO settings (name, value) VALUES (gen_random_uuid()::text, '')";
    const [row] = await database.query<{ name: string }>('SELECT quote_ident(current_database()) AS name');
    const setReadOnly = (onOff: string) =>
      database.query(`ALTER DATABASE ${row?.name} SET default_transaction_read_only = ${onOff}`);
    await setReadOnly('on');
    const hangUp = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()';
    await expect(database.query(hangUp)).rejects.toMatchObject({ code: '57P01' });
    await expect.poll(() => repository.ask(write), { timeout: 60_000 }).toBe('from memory');
    await expect.poll(() => database.reason, { timeout: 60_000 }).toBe('25006');
  });

  it.each(['40001', '40P01'])('tries again what lost a race (%s)', async (code) => {
    await open();
    await database.query('CREATE SEQUENCE attempts');
    await database.query(`CREATE FUNCTION lose(losses integer) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN IF nextval('attempts') <= losses THEN RAISE EXCEPTION USING ERRCODE = '${code}'; END IF; END $$`);
    expect(await repository.ask('SELECT lose(2)')).toBe('from the database');
    expect(await database.query('SELECT last_value::int AS attempts FROM attempts')).toEqual([{ attempts: 3 }]);
    expect(database.state).toBe('connected');
  });

  it('lets go of a server that hangs, and says what it cannot reach meanwhile', async () => {
    await open(hasty);
    await untilConnected();
    await server.pause();
    expect(await repository.ask('SELECT 1')).toBe('from memory');
    const flush = new N8nMemoryRepository(database).flushUser('1');
    await expect(flush).rejects.toThrow("The database does not answer, and n8n's memory is in it.");
    await database.close();
    await server.resume();
  });
});

describe.skipIf(!inject('postgres'))('a mirror', { timeout: 120_000 }, () => {
  let bench: NotesBench;
  beforeEach(async () => {
    bench = await NotesBench.start(inject('postgres'));
  });
  afterEach(() => bench?.[Symbol.asyncDispose]());

  it('follows what is read and written while the database answers, and is warm when it goes away', async () => {
    await bench.open();
    await bench.sql("SELECT write_note('a key', 'ada', 'written by another instance', now())");
    expect(await bench.notes.read('ada')).toEqual(['written by another instance']);
    expect(await bench.notes.write('ada', 'written here')).toBe('database');
    expect(await bench.mirror.read('ada')).toEqual(['written by another instance', 'written here']);
    await bench.proxy.refuse();
    expect(await bench.notes.read('ada')).toEqual(['written by another instance', 'written here']);
    expect(bench.database.state).toBe('degraded');
  });

  it('learns nothing from a write that the database refuses', async () => {
    await bench.open();
    await expect(bench.notes.write('ada', 'raise 23503')).rejects.toMatchObject({ code: '23503' });
    expect([await bench.mirror.read('ada'), bench.database.journal.depth('write')]).toEqual([[], 0]);
  });

  it('forgets one person when another instance goes on with them', async () => {
    await bench.open();
    for (const person of ['ada', 'grace']) await bench.notes.write(person, 'hello');
    bench.database.evict('ada');
    expect([await bench.mirror.read('ada'), await bench.mirror.read('grace')]).toEqual([[], ['hello']]);
  });

  it('has its writes under one key and at one time, wherever they are tried', async () => {
    const database = await bench.open();
    const options: unknown[] = [];
    class Watched extends DatabaseNotes {
      override write(...write: Parameters<Notes['write']>): ReturnType<DatabaseNotes['write']> {
        options.push(write[2]);
        return super.write(...write);
      }
    }
    class WatchedMirror extends MemoryNotes {
      override write(...write: Parameters<Notes['write']>): ReturnType<MemoryNotes['write']> {
        options.push(write[2]);
        return super.write(...write);
      }
    }
    const notes = database.resilient<Notes, MemoryNotes>({
      name: 'watched',
      primary: new Watched(database),
      mirror: new WatchedMirror(),
      writes: { write: { options: 2 } },
    });
    // The server takes it, the answer is lost, and the replay brings it once more.
    bench.proxy.blackHole('toClient');
    expect(await notes.write('ada', 'hello')).toBe('memory');
    await bench.proxy.heal();
    await bench.untilConnected();
    expect(options).toEqual(Array(3).fill({ key: expect.any(String), at: expect.any(Date) }));
    expect(options).toEqual(Array(3).fill(options[0]));
    expect(await bench.rows()).toEqual(['hello']);
  });

  it('stands in for one person whose data are locked; all others go to the database', async () => {
    await bench.open();
    await bench.notes.write('ada', 'before');
    const unlock = await bench.lock('ada');
    expect(await bench.notes.write('ada', 'during')).toBe('memory');
    expect([bench.database.state, bench.database.journal.depth('write')]).toEqual(['connected', 1]);
    expect(await bench.notes.write('grace', 'undisturbed')).toBe('database');
    expect(await bench.notes.read('ada')).toEqual(['before', 'during']);
    expect(await bench.notes.write('ada', 'behind it')).toBe('memory');
    await unlock();
    await bench.untilWritten();
    expect(await bench.rows()).toEqual(['before', 'undisturbed', 'during', 'behind it']);
    expect(await bench.notes.write('ada', 'after')).toBe('database');
    expect(bench.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('stands in for a call that waits for a free connection longer than it may; that is no outage', async () => {
    await bench.open({ environment: { DB_MAX_CONNECTIONS: '2', DB_CONNECTION_TIMEOUT: '3000' } });
    const waits = () => bench.database.attempt(() => bench.database.query('SELECT pg_sleep(8)'), 20_000);
    const busy = [waits(), waits()];
    // Longer than anyone may wait for a connection.
    const patient = bench.database.attempt(() => bench.database.query('SELECT 1'), 20_000);
    await expect(patient).rejects.toMatchObject({ name: 'UnavailableError' });
    expect(bench.database.state).toBe('connected');
    await Promise.all(busy);
    expect(bench.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('is not asked when a connection is reset: the call is made once more', async () => {
    await bench.open();
    await bench.notes.write('ada', 'before');
    bench.proxy.reset();
    expect(await bench.notes.write('ada', 'hello')).toBe('database');
    expect(await bench.rows()).toEqual(['before', 'hello']);
    expect([bench.database.state, bench.lines.filter(({ level }) => level === 'error')]).toEqual(['connected', []]);
  });

  it('is not asked when the answer to a write is cut off: it is made once more, and counts once', async () => {
    await bench.open();
    await bench.notes.write('ada', 'before');
    bench.proxy.cutOnceAfter(1, 'toClient');
    expect(await bench.notes.write('ada', 'hello')).toBe('database');
    expect(await bench.rows()).toEqual(['before', 'hello']);
    expect(bench.database.state).toBe('connected');
  });
});

describe('resilient', () => {
  const note: RepositoryCall = { method: 'write', parameters: ['ada', 'hello', { key: 'a key', at: new Date(5) }] };
  const given = (isOpen: boolean, attempt: () => Promise<never>) => {
    const kept: unknown[] = [];
    const keep = async (...write: unknown[]) => void kept.push(write);
    return { kept, route: { isOpen: () => isOpen, attempt, keep, now: () => 5 } };
  };
  const unreachable = async () => Promise.reject(new UnavailableError('away'));

  it('is no promise, so that it can come out of an asynchronous function', async () => {
    const parts = { name: 'answers', primary: mirror(), mirror: mirror(), writes: {} };
    const repository = await Promise.resolve(
      resilient<Answers, Answers & Mirror>(parts, given(false, unreachable).route),
    );
    expect(await repository.ask('')).toBe('from memory');
  });

  it.each([
    ['is known to be away', false],
    ['does not answer', true],
  ])('keeps the whole call when the database %s', async (_what, isOpen) => {
    const { kept, route } = given(isOpen, unreachable);
    const memory = new MemoryNotes();
    const parts = { name: 'notes', primary: memory, mirror: memory, writes: { write: { options: 2 } } };
    const notes = resilient<Notes, MemoryNotes>(parts, route);
    expect(await notes.write('ada', 'hello', { key: 'a key' })).toBe('memory');
    expect(await notes.read('ada')).toEqual(['hello']);
    expect(kept).toEqual([['notes', note, 'ada']]);
  });

  it('keeps what the rule says instead of the call, or nothing', async () => {
    const { kept, route } = given(false, unreachable);
    const memory = new MemoryNotes();
    const rule = {
      options: 2,
      kept: (call: RepositoryCall, result: unknown) =>
        call.parameters[1] === 'nothing new' ? undefined : { ...call, method: `write to ${result}` },
    };
    const parts = { name: 'notes', primary: memory, mirror: memory, writes: { write: rule } };
    const notes = resilient<Notes, MemoryNotes>(parts, route);
    await notes.write('ada', 'nothing new');
    await notes.write('ada', 'hello', { key: 'a key' });
    expect(kept).toEqual([['notes', { ...note, method: 'write to memory' }, 'ada']]);
  });
});
