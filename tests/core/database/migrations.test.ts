import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompiledQuery } from 'kysely';
import { afterEach, describe, expect, inject, it } from 'vitest';
import type { RawEnvironment } from '../../../src/core/config.ts';
import { createOrm, type Orm } from '../../../src/core/database/createOrm.ts';
import { migrateDown, migrateUp, migrationStatus } from '../../../src/core/database/migrate.ts';
import { listMigrations } from '../../../src/core/database/migrations.ts';
import { createTestDatabase } from '../../../src/testing/postgres/testDatabase.ts';
import { databaseOptions, openDatabase } from '../../../src/testing/repositories/openDatabase.ts';
import { catalog, type Query } from './catalog.ts';

// Once released, they stay as they are; what newer plugins bring comes behind them.
const released = [
  '001_initial_schema',
  '002_cleanup_functions',
  '003_analytics_schema',
  '004_erasing',
  '005_turn_ledger',
  '006_journal',
  '007_cleanup',
  '008_answers_are_replies',
  '009_moderation',
  '010_statistics',
  '011_privacy',
  '012_series',
  '013_n8n_memory',
  '014_erased_with_user',
  '015_cleanup_batches',
  '016_active_warnings',
  '017_cheaper_calls',
  '018_recall_with_claim',
];
const all = listMigrations().map(({ name }) => name);

it('the migrations begin with those that were released', () => {
  expect(all.slice(0, released.length)).toEqual(released);
});

// What a test opened, closed after it in reverse.
const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
});

async function connect(environment: RawEnvironment): Promise<{ orm: Orm; query: Query }> {
  const orm = await createOrm({ ...databaseOptions(environment), queryTimeout: 0 });
  undo.push(() => orm.close(true));
  const query: Query = async <Row extends object>(sql: string, parameters: readonly unknown[] = []) => {
    const client = orm.em.getConnection().getClient();
    return (await client.executeQuery<Row>(CompiledQuery.raw(sql, [...parameters]))).rows;
  };
  return { orm, query };
}

async function embedded(): Promise<RawEnvironment> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-migrations-'));
  undo.push(() => rm(folder, { recursive: true }));
  return { DATA_DIR: folder };
}

async function postgres(): Promise<RawEnvironment> {
  const { environment, drop } = await createTestDatabase();
  undo.push(drop);
  return environment;
}

async function opened(environment: RawEnvironment) {
  const database = await openDatabase(environment);
  undo.push(() => database.close());
  return database;
}

const isOurs = (line: string): boolean => !line.includes('schema_migrations');

for (const [where, isMissing, environment] of [
  ['the embedded database', false, embedded],
  ['PostgreSQL', !inject('postgres'), postgres],
] as const) {
  // The embedded database takes its time to start on a busy machine.
  describe.skipIf(isMissing)(`migrations on ${where}`, { timeout: 120_000 }, () => {
    it('go up from nothing, down to nothing one by one, and up again to the same', async () => {
      const { orm, query } = await connect(await environment());
      expect(await migrationStatus(orm)).toEqual({ applied: [], pending: all });
      expect(await migrateDown(orm)).toEqual([]);
      const states = [(await catalog(query)).filter(isOurs)];
      expect(states).toEqual([[]]);
      for (const name of all) {
        await orm.migrator.up({ to: name });
        states.push((await catalog(query)).filter(isOurs));
      }
      expect(await migrationStatus(orm)).toEqual({ applied: all, pending: [] });
      expect(await migrateUp(orm)).toEqual([]);

      for (let left = all.length - 1; left >= 0; left -= 1) {
        expect(await migrateDown(orm)).toEqual([all[left]]);
        expect(await migrationStatus(orm)).toEqual({ applied: all.slice(0, left), pending: all.slice(left) });
        expect((await catalog(query)).filter(isOurs)).toEqual(states[left]);
      }
      expect(await migrateDown(orm)).toEqual([]);

      expect(await migrateUp(orm)).toEqual(all);
      expect((await catalog(query)).filter(isOurs)).toEqual(states.at(-1));
    });
  });
}

describe.skipIf(!inject('postgres'))('a database', () => {
  it('is migrated once by two instances that start at the same time', async () => {
    const environment = await postgres();
    const [one, other] = [await connect(environment), await connect(environment)];
    const applied = await Promise.all([migrateUp(one.orm), migrateUp(other.orm)]);
    expect(applied.sort((a, b) => a.length - b.length)).toEqual([[], all]);
    expect(await one.query('SELECT name FROM schema_migrations ORDER BY id')).toEqual(all.map((name) => ({ name })));
  });

  it('is migrated at start, by any number of instances', async () => {
    const environment = await postgres();
    const databases = await Promise.all([1, 2, 3, 4].map(() => opened(environment)));
    expect(databases.map(({ state }) => state)).toEqual(Array(4).fill('connected'));
  });

  it('is migrated where only one connection is allowed', async () => {
    const database = await opened({ ...(await postgres()), DB_MAX_CONNECTIONS: '1' });
    expect(database.state).toBe('connected');
  });

  it('is migrated by a role that owns the database and nothing more', async () => {
    const environment = await postgres();
    const { query } = await connect(environment);
    const role = `owner_of_${environment.DB_NAME}`;
    await query(`CREATE ROLE ${role} LOGIN PASSWORD 'a password'`);
    await query(`ALTER DATABASE ${environment.DB_NAME} OWNER TO ${role}`);
    const database = await openDatabase({ ...environment, DB_USER: role, DB_PASSWORD: 'a password' });
    expect([database.state, database.reason]).toEqual(['connected', undefined]);
    await database.close();
    await query(`REASSIGN OWNED BY ${role} TO CURRENT_USER`);
    await query(`DROP OWNED BY ${role}`);
    await query(`DROP ROLE ${role}`);
  });

  it('that a newer version migrated is refused, and let go of', async () => {
    const environment = await postgres();
    const { orm, query } = await connect(environment);
    await migrateUp(orm);
    await query("INSERT INTO schema_migrations (name) VALUES ('004_from_the_future')");
    const refusal = { code: 'SchemaTooNew', message: expect.stringContaining('(004_from_the_future)') };
    await expect(migrationStatus(orm)).rejects.toMatchObject(refusal);
    await expect(migrateUp(orm)).rejects.toMatchObject(refusal);
    await expect(migrateDown(orm)).rejects.toMatchObject(refusal);
    await orm.close(true);
    await expect(openDatabase(environment)).rejects.toMatchObject(refusal);
    const { query: ask } = await connect({ ...environment, DB_NAME: 'postgres' });
    const connections = () =>
      ask("SELECT pid FROM pg_stat_activity WHERE application_name = 'steward' AND datname = $1", [
        environment.DB_NAME,
      ]);
    await expect.poll(connections, { timeout: 20_000 }).toEqual([]);
  });

  it('that may not be migrated at start leaves the bot degraded with the cure, until somebody migrates it', async () => {
    const environment = await postgres();
    const database = await opened({ ...environment, DB_AUTO_MIGRATE: 'false' });
    expect(database.state).toBe('degraded');
    expect(database.reason).toBe(`Migrations are pending (${all.join(', ')}): run npm run migrate:up.`);
    const { orm, query } = await connect(environment);
    expect(await catalog(query)).toEqual([]);
    await migrateUp(orm);
    await expect.poll(() => database.state, { timeout: 20_000 }).toBe('connected');
    expect(database.reason).toBeUndefined();
  });

  it('that is up to date needs no migrating at start', async () => {
    const environment = await postgres();
    await opened(environment);
    const database = await opened({ ...environment, DB_AUTO_MIGRATE: 'false' });
    expect(database.state).toBe('connected');
  });

  it('keeps nothing of migrations of which one fails, and is migrated once the cause is gone', async () => {
    const environment = await postgres();
    const { query } = await connect(environment);
    await query('CREATE TABLE command_usage ()');
    const before = await catalog(query);
    const database = await opened(environment);
    expect([database.state, database.reason]).toEqual(['degraded', '42P07']);
    expect((await catalog(query)).filter(isOurs)).toEqual(before);
    await query('DROP TABLE command_usage');
    await expect.poll(() => database.state, { timeout: 20_000 }).toBe('connected');
    expect(await query('SELECT name FROM schema_migrations ORDER BY id')).toEqual(all.map((name) => ({ name })));
  });

  it('loses nothing when its statistics are migrated down and up again', async () => {
    const { orm, query } = await connect(await postgres());
    await migrateUp(orm);
    await query("SELECT save_conversation('1', 'ada', 'Hello', 'Hi', now(), 'key')");
    await migrateDown(orm);
    await migrateUp(orm);
    expect(await query("SELECT user_message, ai_response FROM get_user_context('1', 20)")).toEqual([
      { user_message: 'Hello', ai_response: 'Hi' },
    ]);
  });
});
