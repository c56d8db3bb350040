import type { EntitySchema } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import { KernelError } from '../errors.ts';
import type { KernelEnvironment } from '../kernelEnvironment.ts';
import type { Log } from '../log/createLog.ts';
import { seconds } from '../time.ts';
import { withDeadline } from '../withDeadline.ts';
import { createOrm, type Orm } from './createOrm.ts';
import { DatabaseClosedError } from './DatabaseClosedError.ts';
import { lockDataDir } from './lockDataDir.ts';
import { migrateUp, migrationStatus } from './migrate.ts';
import { type Implementations, resilient } from './resilient.ts';
import { describeOutage, unusable } from './unusable.ts';

export interface DatabaseOptions {
  env: KernelEnvironment;
  entities: readonly EntitySchema[];
  /** Rules that the SQL functions follow too, by name in the `settings` table. */
  settings: Readonly<Record<string, string>>;
  log: Log;
}

/** The only place that knows whether PostgreSQL answers. Repositories query it; services reach them through `resilient`. */
export class Database {
  readonly #options: DatabaseOptions;
  readonly #orm: Orm;
  readonly #unlock: () => void;
  /** Undefined while the database is connected. */
  #outage: { reason: string } | undefined = { reason: 'not connected yet' };
  readonly #running = new Set<Promise<unknown>>();
  #probe: NodeJS.Timeout | undefined;
  /** What the last probe is doing; never rejects. */
  #connecting: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(options: DatabaseOptions, orm: Orm, unlock: () => void) {
    this.#options = options;
    this.#orm = orm;
    this.#unlock = unlock;
  }

  /**
   * Connects, migrates and writes the settings. A server that does not answer is no error: the database starts
   * degraded and is tried again every second.
   * @throws KernelError DataDirLocked, SchemaTooNew
   */
  static async open(options: DatabaseOptions): Promise<Database> {
    const { env, entities, log } = options;
    const unlock = env.DB_HOST === undefined ? lockDataDir(env.DATA_DIR) : () => undefined;
    let database: Database | undefined;
    try {
      const onMessage = (message: string): void => log.debug({ source: 'mikro-orm' }, message);
      const orm = await createOrm({ env, entities, queryTimeout: env.DB_QUERY_TIMEOUT, onMessage });
      database = new Database(options, orm, unlock);
      await database.#connectAtBoot();
      return database;
    } catch (error) {
      if (database) await database.close();
      else unlock();
      throw error;
    }
  }

  get state(): 'connected' | 'degraded' {
    return this.reason === undefined ? 'connected' : 'degraded';
  }

  /** Why the database is degraded; undefined while it is connected. */
  get reason(): string | undefined {
    return this.#closed ? 'closed' : this.#outage?.reason;
  }

  /** Runs one statement with bound parameters (`$1` …) and returns its rows. */
  async query<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    this.#refuseWhenClosed();
    const client = this.#orm.em.getConnection().getClient();
    const result = await client.executeQuery<Row>(CompiledQuery.raw(sql, [...parameters]));
    return result.rows;
  }

  /** A fresh identity map, for reads and writes through entities. */
  em(): EntityManager {
    this.#refuseWhenClosed();
    return this.#orm.em.fork() as EntityManager;
  }

  /**
   * Joins two implementations of one contract: calls go to `primary` while the database answers, else to `fallback`.
   * Bad data and bugs are thrown on; an outage never reaches the caller.
   */
  resilient<Repository extends object>(implementations: Implementations<Repository>): Repository {
    return resilient(implementations, {
      outage: () => this.#outage,
      onOutage: (error) => this.#degrade(error),
      onCall: (call) => this.#keepTrack(call),
      // The embedded database runs in this process: it can be busy, not gone.
      deadline: this.#embedded ? undefined : this.#options.env.DB_QUERY_TIMEOUT,
    });
  }

  /** Lets the calls that run now end, then closes. */
  async close(): Promise<void> {
    await this.#patiently(Promise.allSettled(this.#running));
    this.#closed = true;
    clearTimeout(this.#probe);
    await this.#patiently(this.#connecting.then(() => this.#orm.close(true)));
    this.#unlock();
  }

  // A server that does not answer does not say goodbye either.
  async #patiently(work: Promise<unknown>): Promise<void> {
    try {
      await withDeadline(work, this.#embedded ? undefined : seconds(5));
    } catch (error) {
      this.#options.log.warn({ err: error }, 'The database was not closed cleanly.');
    }
  }

  #keepTrack(call: Promise<unknown>): void {
    this.#running.add(call);
    const forget = (): boolean => this.#running.delete(call);
    call.then(forget, forget);
  }

  // MikroORM would connect again, to the embedded database even after its folder was given back.
  #refuseWhenClosed(): void {
    if (this.#closed) throw new DatabaseClosedError();
  }

  get #embedded(): boolean {
    return this.#options.env.DB_HOST === undefined;
  }

  async #connectAtBoot(): Promise<void> {
    try {
      await this.#connect();
    } catch (error) {
      if (error instanceof KernelError) throw error;
      if (this.#embedded) throw unusable(error, `The embedded database under ${this.#options.env.DATA_DIR}`);
      this.#degrade(error);
    }
  }

  async #connect(): Promise<void> {
    await this.#orm.connect();
    await this.#migrate();
    await this.#writeSettings();
    if (this.#closed) return;
    this.#outage = undefined;
    this.#options.log.info({ embedded: this.#embedded }, 'The database is connected.');
  }

  async #migrate(): Promise<void> {
    const { env, entities, log } = this.#options;
    const { pending } = await migrationStatus(this.#orm);
    if (pending.length === 0) return;
    if (!env.DB_AUTO_MIGRATE)
      throw new Error(`Migrations are pending (${pending.join(', ')}): run npm run migrate:up.`);
    // A migration may take longer than a message may wait.
    const orm = this.#embedded ? this.#orm : await createOrm({ env, entities, queryTimeout: 0 });
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

  #degrade(error: unknown): void {
    if (this.#closed) return;
    const reason = describeOutage(error);
    if (this.#outage?.reason !== reason) {
      const { log } = this.#options;
      log.error({ err: error }, 'The database does not answer; the bot goes on from memory and keeps trying.');
    }
    // One outage is one object, whatever becomes of its reason.
    this.#outage = Object.assign(this.#outage ?? {}, { reason });
    clearTimeout(this.#probe);
    this.#probe = setTimeout(() => {
      this.#connecting = this.#connect().catch((failure: unknown) => this.#degrade(failure));
    }, seconds(1));
  }
}
