import { KernelError } from '../errors.ts';
import type { Orm } from './createOrm.ts';
import { listMigrations } from './migrations.ts';

/** Whoever changes the schema holds it: any number that no other program on the same server is likely to lock. */
export const advisoryLock = 7_463_829_105;

/** Which migrations ran and which are still to run, by name. */
export interface MigrationStatus {
  applied: string[];
  pending: string[];
}

/** @throws KernelError SchemaTooNew when the database has a migration that this version does not know. */
export async function migrationStatus(orm: Orm): Promise<MigrationStatus> {
  const known = listMigrations().map(({ name }) => name);
  const connection = orm.em.getConnection();
  const [table] = await connection.execute<Named[]>("SELECT to_regclass('schema_migrations')::text AS name");
  const rows = table?.name ? await connection.execute<Named[]>('SELECT name FROM schema_migrations ORDER BY id') : [];
  const applied = names(rows);
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new KernelError(
      'SchemaTooNew',
      `The database has migrations that this version does not know (${unknown.join(', ')}). Run the version of the bot that made them, or restore a backup from before.`,
    );
  }
  return { applied, pending: known.filter((name) => !applied.includes(name)) };
}

/** Applies all pending migrations in one transaction, one instance at a time; returns their names. */
export async function migrateUp(orm: Orm): Promise<string[]> {
  return locked(orm, async () => {
    const { pending } = await migrationStatus(orm);
    return pending.length === 0 ? [] : names(await orm.migrator.up());
  });
}

/** Undoes the last migration, its SQL included; returns its name in a list, empty when there is none. */
export async function migrateDown(orm: Orm): Promise<string[]> {
  return locked(orm, async () => {
    const { applied } = await migrationStatus(orm);
    return applied.length === 0 ? [] : names(await orm.migrator.down());
  });
}

type Named = { name: string };
const names = (migrations: readonly Named[]): string[] => migrations.map(({ name }) => name);

// The embedded database has one connection and one process (the folder's lock): a second transaction would hang.
async function locked<T>(orm: Orm, work: () => Promise<T>): Promise<T> {
  if (orm.config.get('host') === undefined) return work();
  return orm.em.fork().transactional(async (em) => {
    await em
      .getConnection()
      .execute('SELECT pg_advisory_xact_lock(?)', [advisoryLock], 'all', em.getTransactionContext());
    return work();
  });
}
