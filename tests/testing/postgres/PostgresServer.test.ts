import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PostgresServer } from '../../../src/testing/postgres/PostgresServer.ts';
import { createTestDatabase } from '../../../src/testing/postgres/testDatabase.ts';

describe.skipIf(!inject('postgres'))('PostgresServer', () => {
  let server: PostgresServer;
  let database: string;

  beforeAll(async () => {
    server = await PostgresServer.start();
    database = await server.createDatabase();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function connect(environment = server.environment(database)): Promise<pg.Client> {
    const { DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD } = environment as Record<string, string>;
    const client = new pg.Client({
      host: DB_HOST,
      port: Number(DB_PORT),
      database: DB_NAME,
      user: DB_USER,
      password: DB_PASSWORD,
    });
    // Connections that break are what these tests are about; without a listener pg would throw.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async function query(statement: string): Promise<unknown[]> {
    const client = await connect();
    try {
      return (await client.query({ text: statement, rowMode: 'array' })).rows.flat();
    } finally {
      await client.end();
    }
  }

  it('is a PostgreSQL 18 with UTF-8 databases that commits before it answers', async () => {
    expect(await query('SELECT version()')).toEqual([expect.stringMatching(/^PostgreSQL 18\./)]);
    expect(await query('SHOW server_encoding')).toEqual(['UTF8']);
    expect(await query('SHOW synchronous_commit')).toEqual(['on']);
    expect(await query("SELECT lower('ÄÖÜ')")).toEqual(['äöü']);
  });

  it('asks for the password, on the loopback interface only', async () => {
    const wrong = connect({ ...server.environment(database), DB_PASSWORD: 'wrong' });
    await expect(wrong).rejects.toMatchObject({ code: '28P01' });
    expect(await query('SHOW listen_addresses')).toEqual(['127.0.0.1']);
    expect(await query('SHOW unix_socket_directories')).toEqual(['']);
  });

  it('keeps a committed row over a kill', async () => {
    await query('CREATE TABLE kept (id int)');
    await query('INSERT INTO kept VALUES (1)');
    const client = await connect();
    const cutOff = new Promise<void>((resolve) => client.once('end', resolve));
    await server.kill();
    await cutOff;
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.restart();
    expect(await query('SELECT id FROM kept')).toEqual([1]);
  });

  it('is away between stop and restart', async () => {
    await server.stop();
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.restart();
    expect(await query('SELECT 1')).toEqual([1]);
  });

  it('answers only after it was resumed, once it was paused', async () => {
    const client = await connect();
    await server.pause();
    let answered = false;
    const answer = client.query('SELECT 1').then(() => {
      answered = true;
    });
    const late = new pg.Client({
      ...server.environment(database),
      host: server.host,
      port: server.port,
      connectionTimeoutMillis: 200,
    });
    await expect(late.connect()).rejects.toThrow('timeout');
    expect(answered).toBe(false);
    await server.resume();
    await answer;
    await client.end();
  });

  it('stops even while it is paused', async () => {
    await server.pause();
    await server.stop();
    await server.restart();
    expect(await query('SELECT 1')).toEqual([1]);
  });

  it('names the cause when it cannot start', async () => {
    await expect(PostgresServer.start({ port: server.port })).rejects.toThrow(/Address already in use/);
  });

  it('leaves a directory that it was given, and starts on its data again', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'steward-data-'));
    try {
      const first = await PostgresServer.start({ dataDir });
      await first.createDatabase('kept');
      await first[Symbol.asyncDispose]();
      await using second = await PostgresServer.start({ dataDir });
      expect(second.password).toBe(first.password);
      await expect(second.createDatabase('kept')).rejects.toMatchObject({ code: '42P04' });
    } finally {
      await rm(dataDir, { recursive: true });
    }
    expect(existsSync(dataDir)).toBe(false);
  });

  it('gives each test a database of its own on the server of the test run', async () => {
    const one = await createTestDatabase();
    const other = await createTestDatabase();
    expect(one.name).not.toBe(other.name);
    const client = await connect(one.environment);
    expect((await client.query('SELECT current_database()')).rows).toEqual([{ current_database: one.name }]);
    const cutOff = new Promise<void>((resolve) => client.once('end', resolve));
    await Promise.all([one.drop(), other.drop()]);
    await cutOff;
    await expect(connect(one.environment)).rejects.toMatchObject({ code: '3D000' });
  });
});
