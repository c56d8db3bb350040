import { once } from 'node:events';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { FaultProxy } from '../../../src/testing/network/FaultProxy.ts';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/postgres/testDatabase.ts';

describe.skipIf(!inject('postgres'))('a PostgreSQL behind a FaultProxy', () => {
  let database: TestDatabase;
  let proxy: FaultProxy;
  // The system sends a RST in place of an end where it holds bytes that nobody has read.
  const cutOff = /Connection terminated unexpectedly|ECONNRESET/;

  beforeEach(async () => {
    database = await createTestDatabase();
    const { DB_HOST: host = '', DB_PORT } = database.environment;
    proxy = await FaultProxy.start({ host, port: Number(DB_PORT) });
    await run('CREATE TABLE notes (text text)');
  });
  afterEach(async () => {
    await proxy[Symbol.asyncDispose]();
    await database.drop();
  });

  async function open(options: pg.ClientConfig = {}): Promise<pg.Client> {
    const { DB_NAME, DB_USER, DB_PASSWORD } = database.environment as Record<string, string>;
    const login = { database: DB_NAME, user: DB_USER, password: DB_PASSWORD };
    const client = new pg.Client({ host: proxy.host, port: proxy.port, ...login, ...options });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async function run(statement: string): Promise<unknown[]> {
    const client = await open();
    try {
      return (await client.query({ text: statement, rowMode: 'array' })).rows.flat();
    } finally {
      await client.end();
    }
  }

  it('refuses like a server that is down, and is back', async () => {
    const client = await open();
    const pending = expect(client.query('SELECT pg_sleep(60)')).rejects.toThrow(cutOff);
    await proxy.refuse();
    await pending;
    await expect(open()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.heal();
    expect(await run('SELECT 1')).toEqual([1]);
  });

  it('leaves a query without an answer in a black hole, and breaks its connection when it heals', async () => {
    const client = await open();
    proxy.blackHole();
    const swallowed = once(proxy, 'swallowed');
    const pending = expect(client.query("INSERT INTO notes VALUES ('lost')")).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    await swallowed;
    await expect(open({ connectionTimeoutMillis: 50 })).rejects.toThrow('timeout');
    await proxy.heal();
    await pending;
    expect(await run('SELECT text FROM notes')).toEqual([]);
  });

  it('commits although the answer is swallowed on its way back', async () => {
    const client = await open();
    proxy.blackHole('toClient');
    const swallowed = once(proxy, 'swallowed');
    const pending = expect(client.query("INSERT INTO notes VALUES ('kept')")).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    await swallowed;
    await proxy.heal();
    await pending;
    expect(await run('SELECT text FROM notes')).toEqual(['kept']);
  });

  it('resets a query under way; the next connection works', async () => {
    const client = await open();
    const pending = expect(client.query('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: 'ECONNRESET' });
    proxy.reset();
    await pending;
    expect(await run('SELECT 1')).toEqual([1]);
  });

  it('cuts one answer in the middle', async () => {
    const client = await open();
    proxy.cutOnceAfter(1_000, 'toClient');
    await expect(client.query("SELECT repeat('x', 100000)")).rejects.toThrow(cutOff);
    expect(await run("SELECT length(repeat('x', 100000))")).toEqual([100_000]);
  });
});
