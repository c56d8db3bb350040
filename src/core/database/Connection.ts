import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntitySchema } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery, type Kysely, type Transaction } from 'kysely';
import type { KernelEnvironment } from '../kernelEnvironment.ts';
import type { Log } from '../log/createLog.ts';
import { type Clock, seconds } from '../time.ts';
import { Bundles } from './Bundles.ts';
import { Connections, type PoolState } from './Connections.ts';
import { createOrm, type Orm } from './createOrm.ts';
import { DatabaseClosedError } from './DatabaseClosedError.ts';
import { migrateUp, migrationStatus } from './migrate.ts';
import { queryTimeout } from './queryTimeout.ts';
import { type SqlFunction, toStatement } from './SqlFunction.ts';

export interface ConnectionOptions {
  readonly env: KernelEnvironment;
  readonly entities: readonly EntitySchema[];
  /** Rules that the SQL functions follow too, by name in the `settings` table. */
  readonly settings: Readonly<Record<string, string>>;
  readonly log: Log;
  readonly clock?: Clock;
  /** Called before each use of the database; what it throws counts as the database's own words. The playground's switch. */
  readonly beforeQuery?: () => void;
}

/** The way into PostgreSQL, or into the embedded database: statements, transactions, the schema. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #orm: Orm;
  readonly #connections: Connections;
  readonly #transaction = new AsyncLocalStorage<EntityManager>();
  readonly #bundles = new Bundles((sql, values) => this.outside(() => this.#runBundle(sql, values)));

  #isClosed = false;

  private constructor(options: ConnectionOptions, orm: Orm, connections: Connections) {
    this.#options = options;
    this.#orm = orm;
    this.#connections = connections;
  }

  /** Sets everything up; does not connect yet. */
  static async prepare(options: ConnectionOptions): Promise<Connection> {
    const { env, entities, log } = options;
    const connections = new Connections();
    const onMessage = (message: string): void => log.debug({ source: 'mikro-orm' }, message);
    return new Connection(options, await createOrm({ env, entities, connections, onMessage }), connections);
  }

  get isEmbedded(): boolean {
    return this.#options.env.DB_HOST === undefined;
  }

  /** The connections that calls share; undefined for the embedded database. */
  get pool(): PoolState | undefined {
    return this.isEmbedded ? undefined : this.#connections.state;
  }

  /**
   * Connects, migrates and writes the settings.
   * @throws KernelError SchemaTooNew, and whatever keeps it from connecting
   */
  async connect(): Promise<void> {
    this.#options.beforeQuery?.();
    await this.#orm.connect();
    await this.#migrate();
    await this.#writeSettings();
  }

  /** Runs one statement with bound parameters (`$1` …), within the transaction that surrounds it if there is one. */
  async query<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    this.#options.beforeQuery?.();
    const surrounding = this.#transaction.getStore()?.getTransactionContext<Transaction<unknown>>();
    const client: Kysely<unknown> = surrounding ?? this.#orm.em.getConnection().getClient();
    const result = await client.executeQuery<Row>(CompiledQuery.raw(sql, [...parameters]));
    return result.rows;
  }

  /** Calls a function of the schema, within the transaction that surrounds it, or together with what others call just now. */
  call<Row extends object>(fn: SqlFunction, values: readonly unknown[], person: string): Promise<Row[]> {
    if (this.#transaction.getStore()) return this.query<Row>(toStatement(fn), values);
    return this.#bundles.call(fn, values, person) as Promise<Row[]>;
  }

  em(): EntityManager {
    this.#options.beforeQuery?.();
    const surrounding = this.#transaction.getStore();
    return surrounding ?? (this.#orm.em.fork() as EntityManager);
  }

  /** Runs work in one transaction: all statements in it take effect, or none. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    this.#options.beforeQuery?.();
    const em = this.#orm.em.fork() as EntityManager;
    return em.transactional((inside) => this.#transaction.run(inside as EntityManager, work));
  }

  /** Runs work that has nothing to do with the transaction or the limits of whoever happens to start it. */
  outside<T>(work: () => T): T {
    return this.#transaction.exit(() => queryTimeout.exit(work));
  }

  /** Drops all connections: their server is gone. */
  evictAll(): void {
    this.#connections.evictAll();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#orm.close(true);
  }

  async #runBundle(sql: string, values: readonly string[]): Promise<unknown[]> {
    // Asked before it was closed; the embedded database would be opened again.
    if (this.#isClosed) throw new DatabaseClosedError();
    this.#options.beforeQuery?.();
    const timeout = this.#options.env.DB_QUERY_TIMEOUT + seconds(1);
    const rows = this.isEmbedded ? undefined : await this.#connections.runPrepared(sql, values, timeout);
    return rows ?? queryTimeout.run(timeout, () => this.query(sql, values));
  }

  async #migrate(): Promise<void> {
    const { env, entities, log } = this.#options;
    const connections = this.#connections;
    const { pending } = await migrationStatus(this.#orm);
    if (pending.length === 0) return;
    if (!env.DB_AUTO_MIGRATE)
      throw new Error(`Migrations are pending (${pending.join(', ')}): run npm run migrate:up.`);
    // A migration may take longer than anything else.
    const orm = this.isEmbedded ? this.#orm : await createOrm({ env, entities, connections, queryTimeout: 0 });
    try {
      const applied = await migrateUp(orm);
      log.info({ migrations: applied }, 'The database schema is up to date.');
    } finally {
      if (orm !== this.#orm) await orm.close(true);
    }
  }

  async #writeSettings(): Promise<void> {
    const settings = Object.entries(this.#options.settings);
    await this.query(
      `INSERT INTO settings (name, value) SELECT * FROM unnest($1::text[], $2::text[])
       ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value WHERE settings.value <> EXCLUDED.value`,
      [settings.map(([name]) => name), settings.map(([, value]) => value)],
    );
  }
}
