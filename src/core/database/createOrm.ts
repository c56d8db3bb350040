import { join } from 'node:path';
import type { EntitySchema, Options } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, type PostgreSqlDriver } from '@mikro-orm/postgresql';
import { CompiledQuery, type DatabaseConnection } from 'kysely';
import type { Pool } from 'pg';
import type { KernelEnvironment } from '../kernelEnvironment.ts';
import { Connections } from './Connections.ts';
import { listMigrations } from './migrations.ts';
import { patience } from './queryTimeout.ts';

export type Orm = Awaited<ReturnType<typeof MikroORM.init<PostgreSqlDriver>>>;

/** What a connection to the database needs to know. */
export interface OrmOptions {
  env: KernelEnvironment;
  entities: readonly EntitySchema[];
  /** Milliseconds until a query is given up whose caller sets no other limit; 0 waits for ever. */
  queryTimeout?: number;
  connections?: Connections;
  onMessage?: (message: string) => void;
}

/** Sets MikroORM up for PostgreSQL, or for the embedded database when there is no `DB_HOST`. Does not connect. */
export async function createOrm(options: OrmOptions): Promise<Orm> {
  const { env, connections = new Connections() } = options;
  const shared: Partial<Options> = {
    entities: [...options.entities],
    ensureDatabase: false,
    extensions: [Migrator],
    migrations: { tableName: 'schema_migrations', migrationsList: listMigrations(), snapshot: false },
    colors: false,
    logger: options.onMessage ?? (() => undefined),
  };
  if (env.DB_HOST === undefined) {
    // Loaded only where it is used: it is 25 MB of WebAssembly.
    const pglite = await import('@mikro-orm/pglite');
    const dbName = join(env.DATA_DIR, 'database');
    return (await pglite.MikroORM.init({ ...shared, dbName } as object)) as unknown as Orm;
  }
  return MikroORM.init<PostgreSqlDriver>({
    ...(shared as Partial<Options<PostgreSqlDriver>>),
    host: env.DB_HOST,
    port: env.DB_PORT,
    dbName: env.DB_NAME,
    user: env.DB_USER,
    ...(env.DB_PASSWORD === undefined ? {} : { password: env.DB_PASSWORD }),
    // Whatever the server's or the database's default is: moments are read as ISO 8601.
    onCreateConnection: async (connection) => {
      await (connection as DatabaseConnection).executeQuery(CompiledQuery.raw('SET datestyle TO ISO'));
    },
    driverOptions: {
      Client: connections.Client,
      onPoolCreated: (pool: Pool) => connections.attach(pool),
      application_name: 'steward',
      keepAlive: true,
      // A migration takes two: one holds the lock, the other works.
      max: Math.max(2, env.DB_MAX_CONNECTIONS),
      idleTimeoutMillis: env.DB_IDLE_TIMEOUT,
      connectionTimeoutMillis: env.DB_CONNECTION_TIMEOUT,
      query_timeout: options.queryTimeout ?? patience,
      ssl: sslOptions(env),
    },
  });
}

/** How connections are encrypted: https://node-postgres.com/features/ssl */
export const sslOptions = (env: KernelEnvironment): false | { rejectUnauthorized: boolean; ca: string | undefined } =>
  env.DB_SSL === 'false' ? false : { rejectUnauthorized: env.DB_SSL === 'true', ca: env.DB_SSL_CA };
