import type { Transaction } from 'kysely';
import { escapeIdentifier } from 'pg';
import type { Orm } from '../core/database/createOrm.ts';
import { advisoryLock, migrationStatus } from '../core/database/migrate.ts';
import { listMigrations } from '../core/database/migrations.ts';
import { KernelError } from '../core/errors.ts';
import { refuseUnknown } from './checkBackup.ts';
import { eraseAgain, erasuresIn } from './erasures.ts';
import { liftForeignKeys } from './foreignKeys.ts';
import type { Item } from './readBackup.ts';
import { refuseOccupied } from './refuseOccupied.ts';
import type { StagedJournal } from './StagedJournal.ts';
import { inTransaction, type Query, speakPlainly } from './session.ts';
import { TableLoader } from './TableLoader.ts';
import { migrationsIn, sequencesIn, type Table, tablesIn } from './tables.ts';

export interface RestoreOptions {
  readonly orm: Orm;
  readonly items: AsyncIterable<Item>;
  readonly journal: StagedJournal;
  /** Whether what the database holds may go. */
  readonly replaces: boolean;
  readonly signal: AbortSignal;
}

/** What became of a restore, besides that everything is as it was. */
export interface Restored {
  /** Tables of the backup that no migration makes. */
  readonly leftOut: readonly string[];
  /** Erasures that the replaced database knew and the backup did not. */
  readonly erasedAgain: number;
}

/**
 * Makes a database and a journal what they were: the schema is brought to the backup's version, the tables are filled
 * and read back, then the schema is brought to this version. All of it takes effect, or nothing.
 * @throws KernelError BackupUnusable, DatabaseUnusable, SchemaTooNew
 */
export async function restoreBackup({ orm, items, journal, replaces, signal }: RestoreOptions): Promise<Restored> {
  const restored = await inOneGo(orm, journal, async (query, transaction) => {
    await speakPlainly(query);
    await query('SELECT pg_advisory_xact_lock($1)', [advisoryLock]);
    await refuseOccupied(query, replaces);
    const moments = await erasuresIn(query);
    const target = { query, transaction, orm };
    const leftOut = await load(target, { items, journal, signal });
    const latest = listMigrations().map(({ name }) => name);
    await bringSchemaTo(target, latest);
    const erasedAgain = await eraseAgain(query, moments);
    // Leases: none of these instances lives here.
    await query('DELETE FROM instances');
    await journal.finish();
    return { leftOut, erasedAgain };
  });
  try {
    await journal.commit();
  } catch (error) {
    await journal.abandon();
    const message = `The database is restored, its journal is not: ${(error as Error).message} Then restore once more, with --replace.`;
    throw new KernelError('JournalUnusable', message, { cause: error });
  }
  return restored;
}

async function inOneGo<Result>(
  orm: Orm,
  journal: StagedJournal,
  work: Parameters<typeof inTransaction<Result>>[1],
): Promise<Result> {
  try {
    // The migrator makes its own table on a connection of its own, which would wait for the transaction.
    await orm.migrator.getExecuted();
    // Refuses what only a newer version could undo.
    await migrationStatus(orm);
    return await inTransaction(orm, work);
  } catch (error) {
    await journal.abandon();
    throw error;
  }
}

interface Target {
  readonly query: Query;
  readonly transaction: Transaction<unknown>;
  readonly orm: Orm;
}

async function load(
  target: Target,
  { items, journal, signal }: Pick<RestoreOptions, 'items' | 'journal' | 'signal'>,
): Promise<string[]> {
  const { query } = target;
  const leftOut: string[] = [];
  const loaders: TableLoader[] = [];
  let tables = new Map<string, Table>();
  let loader: TableLoader | undefined;
  let putKeysOn = async (): Promise<void> => undefined;
  for await (const item of items) {
    if ('rows' in item) await loader?.add(item.rows);
    else if ('entry' in item) await journal.addEntry(item.entry);
    else if ('letter' in item) journal.addLetter(item.letter);
    else if ('database' in item) {
      refuseUnknown(item.database.migrations);
      await bringSchemaTo(target, item.database.migrations);
      tables = await tablesIn(query);
      putKeysOn = await liftForeignKeys(
        query,
        [...tables.values()].map(({ sql }) => sql),
      );
    } else if ('table' in item) {
      const table = tables.get(item.table);
      loader = table && (await TableLoader.begin(query, table, item.columns));
      if (!loader) leftOut.push(item.table);
    } else if ('content' in item && loader) {
      await loader.end(item.content);
      loaders.push(loader);
    } else if ('sequences' in item) await setSequences(query, item.sequences);
  }
  for (const each of loaders) await each.check(signal);
  await putKeysOn();
  return leftOut;
}

async function bringSchemaTo({ query, transaction, orm }: Target, names: readonly string[]): Promise<void> {
  const applied = (await migrationsIn(query)) ?? [];
  const undone = applied.filter((name) => !names.includes(name));
  const missing = names.filter((name) => !applied.includes(name));
  // The types that the migrator knows are those of MikroORM's own Kysely.
  const options = { transaction: transaction as never };
  if (undone.length > 0) await orm.migrator.down({ ...options, migrations: undone });
  if (missing.length > 0) await orm.migrator.up({ ...options, migrations: missing });
}

async function setSequences(query: Query, sequences: Readonly<Record<string, string>>): Promise<void> {
  const known = await sequencesIn(query);
  // Unlike setval, it is undone with the transaction.
  for (const [name, next] of Object.entries(sequences).filter(([each]) => known.has(each)))
    await query(`ALTER SEQUENCE ${escapeIdentifier(name)} RESTART WITH ${BigInt(next)}`);
  const now = await sequencesIn(query);
  const wrong = Object.entries(sequences).find(([name, next]) => known.has(name) && now.get(name) !== next);
  if (wrong) throw new KernelError('BackupUnusable', `The sequence ${wrong[0]} could not be set. Nothing was changed.`);
}
