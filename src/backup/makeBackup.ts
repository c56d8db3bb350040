import type { Orm } from '../core/database/createOrm.ts';
import { KernelError } from '../core/errors.ts';
import type { BackupWriter } from './BackupWriter.ts';
import { type BackupRecord, formatNumber, type Summary } from './format.ts';
import { deadLetters, openEntries } from './readJournal.ts';
import { inTransaction, type Query, queryOf, speakPlainly } from './session.ts';
import { asText, migrationsIn, rowsOf, sequencesIn, Tally, tablesIn } from './tables.ts';

export interface BackupOptions {
  readonly orm: Orm;
  /** The journal's folder; it need not be there. */
  readonly journal: string;
  readonly writer: BackupWriter;
  /** Of the bot. */
  readonly version: string;
  /** Gives the backup up when aborted. */
  readonly signal: AbortSignal;
}

/**
 * Writes what the bot knows at one moment, the journal included; the bot may go on meanwhile. The journal comes first:
 * what is brought into the database after it was read is in both, and changes nothing a second time; the other way
 * round, it could be in neither.
 */
export async function makeBackup({ orm, journal, writer, version, signal }: BackupOptions): Promise<Summary> {
  const write = (record: BackupRecord): Promise<void> => {
    signal.throwIfAborted();
    return writer.write(asText([JSON.stringify(record)]));
  };
  const query = queryOf(orm);
  if (!(await migrationsIn(query))?.length) throw nothingThere();
  await write({ steward: 'backup', format: formatNumber, version, at: new Date().toISOString() });
  const { entries, letters } = await writeJournal(journal, write);
  const names = [...(await tablesIn(query)).values()].map(({ sql }) => sql);
  const { tables, rows } = await inTransaction(orm, async (inside) => {
    await takeSnapshot(inside, names);
    return writeDatabase(inside, names, async (line) => {
      signal.throwIfAborted();
      await (typeof line === 'string' ? writer.write(line) : write(line));
    });
  });
  const summary = { tables, rows, entries, letters };
  await write({ end: { ...summary, sha256: writer.sha256 } });
  return summary;
}

type Write<Line> = (line: Line) => Promise<void>;

async function writeJournal(folder: string, write: Write<BackupRecord>): Promise<Pick<Summary, 'entries' | 'letters'>> {
  // Read twice: an entry may be put aside meanwhile, and what was put aside may be taken up again.
  const before = await deadLetters(folder);
  let entries = 0;
  for await (const entry of openEntries(folder)) {
    await write({ entry });
    entries += 1;
  }
  const letters = new Map([...before, ...(await deadLetters(folder))]);
  for (const letter of letters.values()) await write({ letter });
  return { entries, letters: letters.size };
}

// The tables are locked before the first look at them: a migration that changes one could not be seen through otherwise.
async function takeSnapshot(query: Query, tables: readonly string[]): Promise<void> {
  await query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  await speakPlainly(query);
  await query(`LOCK TABLE ${[...tables, 'schema_migrations'].join(', ')} IN ACCESS SHARE MODE`);
}

async function writeDatabase(
  query: Query,
  locked: readonly string[],
  write: Write<BackupRecord | string>,
): Promise<Pick<Summary, 'tables' | 'rows'>> {
  const tables = await tablesIn(query);
  const migrations = await migrationsIn(query);
  if (!migrations || [...tables.values()].some(({ sql }) => !locked.includes(sql)))
    throw new KernelError('DatabaseUnusable', 'The database was being migrated. Make the backup once more.');
  const [{ server = '' } = {}] = await query<{ server: string }>("SELECT current_setting('server_version') AS server");
  await write({ database: { server, migrations } });
  let rows = 0;
  for (const table of tables.values()) {
    const tally = new Tally();
    const columns = [...table.columns.keys()];
    await write({ table: table.name, columns });
    for await (const lines of rowsOf(query, table, columns)) {
      tally.add(lines);
      await write(asText(lines));
    }
    await write({ content: tally.content });
    rows += tally.content.rows;
  }
  await write({ sequences: Object.fromEntries(await sequencesIn(query)) });
  return { tables: tables.size, rows };
}

/** The error for an operator who asks for a backup of nothing. */
export const nothingThere = (): KernelError =>
  new KernelError(
    'DatabaseUnusable',
    'There is nothing to back up: no bot has used this database yet. Check DB_HOST and DB_NAME, or DATA_DIR.',
  );
