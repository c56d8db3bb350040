import type { EntitySchema } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import { KernelError } from '../errors.ts';
import type { KernelEnvironment } from '../kernelEnvironment.ts';
import type { Log } from '../log/createLog.ts';
import { seconds } from '../time.ts';
import { createOrm, type Orm } from './createOrm.ts';
import { lockDataDir } from './lockDataDir.ts';
import { migrateUp, migrationStatus } from './migrate.ts';
import { resilient } from './resilient.ts';
import { withDeadline } from './withDeadline.ts';

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
  /** Why the database is degraded; undefined while it is connected. */
  #reason: string | undefined = 'not connected yet';
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
    return this.#reason === undefined ? 'connected' : 'degraded';
  }

  get reason(): string | undefined {
    return this.#reason;
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
  resilient<Repository extends object>(repositories: { primary: Repository; fallback: Repository }): Repository {
    return resilient(repositories, {
      isConnected: () => this.state === 'connected',
      onOutage: (error) => this.#degrade(error),
      // The embedded database runs in this process: it can be busy, not gone.
      deadline: this.#embedded ? undefined : this.#options.env.DB_QUERY_TIMEOUT,
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#reason = 'closed';
    clearTimeout(this.#probe);
    try {
      // A server that does not answer does not say goodbye either.
      const ended = this.#connecting.then(() => this.#orm.close(true));
      await withDeadline(ended, this.#embedded ? undefined : seconds(5));
    } catch (error) {
      this.#options.log.warn({ err: error }, 'The connections to the database were not closed cleanly.');
    } finally {
      this.#unlock();
    }
  }

  // MikroORM would connect again, to the embedded database even after its folder was given back.
  #refuseWhenClosed(): void {
    if (this.#closed) throw new Error('The database is closed.');
  }

  get #embedded(): boolean {
    return this.#options.env.DB_HOST === undefined;
  }

  async #connectAtBoot(): Promise<void> {
    try {
      await this.#connect();
    } catch (error) {
      if (this.#embedded || error instanceof KernelError) throw error;
      this.#degrade(error);
    }
  }

  async #connect(): Promise<void> {
    await this.#orm.connect();
    await this.#migrate();
    await this.#writeSettings();
    this.#reason = undefined;
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
    if (this.state === 'connected' || this.#probe === undefined) {
      this.#options.log.error(
        { err: error },
        'The database does not answer; the bot goes on from memory and keeps trying.',
      );
    }
    this.#reason = error instanceof Error ? describeOutage(error) : 'unknown';
    clearTimeout(this.#probe);
    this.#probe = setTimeout(() => {
      this.#connecting = this.#connect().catch((failure: unknown) => this.#degrade(failure));
    }, seconds(1));
  }
}

// Messages of the server may quote data; a code never does.
function describeOutage(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name === 'Error' ? error.message : error.name;
}
