import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { lockDataDir } from '../../src/core/database/lockDataDir.ts';
import { judgeVersion } from '../../src/doctor/checks/judgeVersion.ts';
import { administer } from '../../src/testing/postgres/address.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/postgres/testDatabase.ts';
import { openDatabase } from '../../src/testing/repositories/openDatabase.ts';
import { diagnose, listenForTest, makeFolder, makeHealthy } from './surroundings.ts';

describe.skipIf(!inject('postgres'))('the doctor at PostgreSQL', () => {
  let database: TestDatabase;
  let healthy: Record<string, string>;
  beforeEach(async () => {
    database = await createTestDatabase();
    onTestFinished(() => database.drop());
    healthy = { ...(await makeHealthy()).environment, ...database.environment };
  });

  const migrate = async (): Promise<void> => {
    const open = await openDatabase({ DATA_DIR: await makeFolder(), ...database.environment });
    await open.close();
  };
  const run = async (sql: string): Promise<void> => {
    const server = inject('postgres');
    const client = new pg.Client({ ...server, database: database.name });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  /** A role that may log in, and nothing more. */
  const makeRole = async () => {
    const server = inject('postgres');
    if (!server) throw new Error('There is no PostgreSQL.');
    const DB_USER = `role_${crypto.randomUUID().replaceAll('-', '')}`;
    await administer(server, `CREATE ROLE ${DB_USER} LOGIN PASSWORD 'password-of-the-role'`);
    onTestFinished(async () => {
      await run(`DROP OWNED BY ${DB_USER}`);
      await administer(server, `DROP ROLE ${DB_USER}`);
    });
    return { ...healthy, DB_USER, DB_PASSWORD: 'password-of-the-role' };
  };

  it('finds an empty one in order, and one that is migrated; it changes neither', async () => {
    const empty = await diagnose(healthy);
    expect(empty.get('database')).toMatchObject({
      mark: 'ok',
      finding: expect.stringMatching(/^PostgreSQL 1[5-8].* at 127\.0\.0\.1:\d+\/test_\w+ \(user \w+\)$/),
    });
    expect(empty.get('database rights')).toMatchObject({
      mark: 'ok',
      finding: expect.stringContaining('may create tables in schema public'),
    });
    expect(empty.get('migrations')).toMatchObject({
      mark: 'ok',
      finding: expect.stringMatching(/^0 applied, \d+ pending \(001_initial_schema …\): the next start applies them$/),
    });
    expect(empty.get('database clock')).toMatchObject({ mark: 'ok', finding: expect.stringContaining('PostgreSQL') });
    await migrate();
    const migrated = await diagnose(healthy);
    expect(migrated.get('migrations')).toMatchObject({
      mark: 'ok',
      finding: expect.stringMatching(/^all \d+ applied$/),
    });
    expect(migrated.get('database rights')?.mark).toBe('ok');
  });

  it('says that pending migrations wait for a hand when they are not applied at start', async () => {
    const found = await diagnose({ ...healthy, DB_AUTO_MIGRATE: 'false' });
    expect(found.get('migrations')).toMatchObject({
      mark: 'broken',
      finding: expect.stringContaining('pending'),
      cure: 'Run npm run migrate:up.',
    });
  });

  it('names migrations of a newer version', async () => {
    await migrate();
    await run("INSERT INTO schema_migrations (name) VALUES ('999_from_the_future')");
    expect((await diagnose(healthy)).get('migrations')).toMatchObject({
      mark: 'broken',
      finding: expect.stringContaining('999_from_the_future'),
      cure: expect.stringContaining('Run the version of the bot that made them'),
    });
  });

  it('tells a wrong password, a missing database and a server that is not there from each other', async () => {
    const finding = async (variables: Record<string, string>) =>
      (await diagnose({ ...healthy, ...variables })).get('database');
    expect(await finding({ DB_PASSWORD: 'wrong-password' })).toMatchObject({
      mark: 'broken',
      finding: expect.stringContaining('refuses the user or its password (28P01)'),
      cure: expect.stringContaining('DB_PASSWORD'),
    });
    expect(await finding({ DB_NAME: 'nowhere' })).toMatchObject({
      mark: 'broken',
      finding: expect.stringContaining('no database of that name (3D000)'),
      cure: expect.stringContaining('CREATE DATABASE'),
    });
    expect(await finding({ DB_PORT: '9' })).toMatchObject({
      mark: 'broken',
      finding: expect.stringContaining('nothing listens there (ECONNREFUSED)'),
      cure: expect.stringContaining('DB_HOST'),
    });
    expect(await finding({ DB_SSL: 'true' })).toMatchObject({
      mark: 'broken',
      cure: expect.stringContaining('DB_SSL'),
    });
  });

  it('asks for a password where the server wants one and there is none', async () => {
    const { DB_PASSWORD: _, ...without } = healthy;
    expect((await diagnose(without)).get('database')).toMatchObject({
      mark: 'broken',
      cure: 'The server wants a password: set DB_PASSWORD.',
    });
  });

  it('gives a server up that says nothing', async () => {
    const found = await diagnose({ ...healthy, DB_PORT: `${await listenForTest()}`, DB_CONNECTION_TIMEOUT: '60000' });
    expect(found.get('database')?.mark).toBe('broken');
    expect(found.get('fonts')?.mark).toBe('ok');
  });

  it('misses the right to make tables where migrations are pending', async () => {
    const found = await diagnose(await makeRole());
    expect(found.get('database rights')).toMatchObject({
      mark: 'broken',
      finding: expect.stringContaining('may not create tables in schema public'),
      cure: expect.stringMatching(/^GRANT USAGE, CREATE ON SCHEMA public TO role_/),
    });
  });

  it('only warns of it where nothing is pending and the tables may be used', async () => {
    await migrate();
    const variables = await makeRole();
    const { DB_USER } = variables;
    await run(`GRANT ALL ON ALL TABLES IN SCHEMA public TO ${DB_USER}`);
    expect((await diagnose(variables)).get('database rights')?.mark).toBe('warning');
    await run(`REVOKE DELETE ON conversations FROM ${DB_USER}`);
    expect((await diagnose(variables)).get('database rights')).toMatchObject({
      mark: 'broken',
      finding: `${DB_USER} lacks DELETE on conversations`,
      cure: expect.stringContaining('GRANT'),
    });
  });

  it('does not mind tables that are not the bot’s', async () => {
    const variables = await makeRole();
    await run(`GRANT CREATE ON SCHEMA public TO ${variables.DB_USER}; CREATE TABLE n8n_chat_histories (id int)`);
    expect((await diagnose(variables)).get('database rights')?.mark).toBe('ok');
  });

  it('finds a schema that may not be used, and a server that takes no writes', async () => {
    const variables = await makeRole();
    await run(`ALTER ROLE ${variables.DB_USER} SET search_path = nowhere`);
    expect((await diagnose(variables)).get('database rights')).toMatchObject({
      mark: 'broken',
      finding: expect.stringContaining('no schema'),
    });
    await run(`ALTER ROLE ${variables.DB_USER} SET default_transaction_read_only = on`);
    expect((await diagnose(variables)).get('database rights')).toMatchObject({
      mark: 'broken',
      finding: 'the server takes no writes',
    });
  });
});

describe('a PostgreSQL', () => {
  it.each([
    [140_020, 'broken'],
    [150_000, 'ok'],
    [189_999, 'ok'],
    [190_000, 'warning'],
  ])('of version number %i is %s', (number, mark) => {
    expect(judgeVersion('x (Debian)', number, 'embedded')).toMatchObject({ mark, finding: 'PostgreSQL x, embedded' });
  });
});

describe('the doctor at the embedded database', { timeout: 60_000 }, () => {
  it('makes none, and none of the folder', async () => {
    const { environment } = await makeHealthy();
    expect((await diagnose(environment)).get('database')).toMatchObject({
      mark: 'ok',
      finding: expect.stringContaining('the first start makes it'),
    });
    expect(existsSync(environment.DATA_DIR)).toBe(false);
  });

  it('looks into one that is there, and gives the folder back', async () => {
    const { environment } = await makeHealthy();
    const made = await openDatabase({ DATA_DIR: environment.DATA_DIR });
    await made.close();
    const found = await diagnose(environment);
    expect(found.get('database')).toMatchObject({
      mark: 'ok',
      finding: expect.stringMatching(/^PostgreSQL \S+, embedded$/),
    });
    expect(found.get('migrations')).toMatchObject({ mark: 'ok', finding: expect.stringMatching(/^all \d+ applied$/) });
    lockDataDir(environment.DATA_DIR)();
  });

  it('says of one that is damaged where it is, and lets the other checks go on', async () => {
    const { environment } = await makeHealthy();
    const folder = join(environment.DATA_DIR, 'database');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'PG_VERSION'), 'x');
    const found = await diagnose(environment);
    expect(found.get('database')).toMatchObject({
      mark: 'broken',
      finding: expect.stringContaining(`${folder}, cannot be opened`),
      cure: expect.stringContaining('backup'),
    });
    expect(found.get('fonts')?.mark).toBe('ok');
    lockDataDir(environment.DATA_DIR)();
  });

  it('keeps out of one that somebody works with, and says who', async () => {
    const { environment } = await makeHealthy();
    await mkdir(join(environment.DATA_DIR, 'database'), { recursive: true });
    const unlock = lockDataDir(environment.DATA_DIR);
    onTestFinished(unlock);
    const who = process.platform === 'linux' ? `process ${process.pid}` : 'another process';
    expect((await diagnose(environment)).get('database')).toMatchObject({
      mark: 'ok',
      finding: expect.stringContaining(`${who} works with it`),
    });
  });
});
