import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect } from 'vitest';
import type { RawEnvironment } from '../../../src/core/config.ts';
import type { Database } from '../../../src/core/database/Database.ts';
import { createLog } from '../../../src/core/log/createLog.ts';
import { FaultProxy } from '../../../src/testing/network/FaultProxy.ts';
import {
  createDatabase,
  databaseEnvironment,
  dropDatabase,
  type PostgresAddress,
} from '../../../src/testing/postgres/address.ts';
import { openDatabase } from '../../../src/testing/repositories/openDatabase.ts';
import { MemoryNotes, type Notes, notesSchema, resilientNotes } from './notes.ts';

/** Short, so that an outage is found soon; long enough for a busy machine. */
const deadlines = { DB_QUERY_TIMEOUT: '2000', DB_CONNECTION_TIMEOUT: '5000' };
const poll = { timeout: 40_000, interval: 20 };

/** A database behind a network that a test can break, notes in it, and an observer beside it. */
export class NotesBench implements AsyncDisposable {
  /** What the last opened database logged. */
  lines: { level: string; msg: string; [key: string]: unknown }[] = [];
  /** All that it wrote to the log, as text. */
  logged = '';
  readonly proxy: FaultProxy;
  readonly dataDir: string;
  readonly environment: RawEnvironment;
  readonly #address: PostgresAddress;
  readonly #name: string;
  #database: Database | undefined;
  #notes: Notes | undefined;
  mirror = new MemoryNotes();

  static async start(address: PostgresAddress | undefined): Promise<NotesBench> {
    if (!address) throw new Error('There is no PostgreSQL in this test run.');
    const name = await createDatabase(address);
    const proxy = await FaultProxy.start(address);
    const dataDir = await mkdtemp(join(tmpdir(), 'steward-notes-'));
    const bench = new NotesBench(address, { name, proxy, dataDir });
    await bench.sql(notesSchema);
    return bench;
  }

  private constructor(address: PostgresAddress, parts: { name: string; proxy: FaultProxy; dataDir: string }) {
    this.#address = address;
    this.#name = parts.name;
    this.proxy = parts.proxy;
    this.dataDir = parts.dataDir;
    const { host, port } = parts.proxy;
    const login = databaseEnvironment(address, parts.name);
    this.environment = { ...deadlines, ...login, DB_HOST: host, DB_PORT: String(port), DATA_DIR: parts.dataDir };
  }

  /** Opens the database as a bot does, or opens it again; without `complete`, as long as plugins are missing. */
  async open({
    complete = true,
    environment = {},
  }: {
    complete?: boolean;
    environment?: RawEnvironment;
  } = {}): Promise<Database> {
    this.lines = [];
    const write = (line: string): void => {
      this.logged += line;
      this.lines.push(JSON.parse(line));
    };
    const log = createLog({ level: 'info', secrets: [], destination: { write } });
    const database = await openDatabase({ ...this.environment, ...environment }, { log });
    this.#database = database;
    this.mirror = new MemoryNotes();
    this.#notes = resilientNotes(database, this.mirror);
    if (complete) await database.complete();
    return database;
  }

  get database(): Database {
    if (!this.#database) throw new Error('Open it first.');
    return this.#database;
  }

  get notes(): Notes {
    if (!this.#notes) throw new Error('Open it first.');
    return this.#notes;
  }

  /** Runs a statement past proxy and bot. */
  async sql<Row>(statement: string, parameters: unknown[] = []): Promise<Row[]> {
    const client = await this.connect();
    try {
      return (await client.query(statement, parameters)).rows;
    } finally {
      await client.end();
    }
  }

  /** Another session, past the proxy. */
  async connect(database = this.#name): Promise<pg.Client> {
    const { host, port, user, password } = this.#address;
    const client = new pg.Client({ host, port, user, password, database });
    // A server that is killed takes it along.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** All notes that are in the database, in the order in which they came in. */
  async rows(): Promise<string[]> {
    return (await this.sql<{ text: string }>('SELECT text FROM notes ORDER BY n')).map(({ text }) => text);
  }

  /** Another session holds everything about a person until the returned function is called. */
  async lock(person: string): Promise<() => Promise<void>> {
    const client = await this.connect();
    await client.query('INSERT INTO authors (id) VALUES ($1) ON CONFLICT DO NOTHING', [person]);
    await client.query('BEGIN');
    await client.query('SELECT FROM authors WHERE id = $1 FOR UPDATE', [person]);
    return async () => {
      await client.query('COMMIT');
      await client.end();
    };
  }

  untilConnected(): Promise<void> {
    return expect.poll(() => this.database.state, poll).toBe('connected');
  }

  untilDegraded(): Promise<void> {
    return expect.poll(() => this.database.state, poll).toBe('degraded');
  }

  /** Until nothing waits in the journal any more. */
  untilWritten(): Promise<void> {
    return expect.poll(() => this.database.journal.depth('write'), poll).toBe(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy.heal();
    await this.#database?.close();
    await this.proxy[Symbol.asyncDispose]();
    await dropDatabase(this.#address, this.#name);
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
