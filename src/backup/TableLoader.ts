import { escapeIdentifier } from 'pg';
import { KernelError } from '../core/errors.ts';
import type { Query } from './session.ts';
import { type Content, rowsOf, type Table, Tally } from './tables.ts';

/** Characters that are sent at once, about. */
const batchLength = 1024 * 1024;

/** Fills one table with the rows of a backup, in a transaction; its triggers rest, for what they would write is in the backup too. */
export class TableLoader {
  readonly #query: Query;
  readonly #table: Table;
  readonly #columns: readonly string[];
  readonly #insert: string;
  #waiting: string[] = [];
  #length = 0;
  #content: Content | undefined;

  private constructor(query: Query, table: Table, columns: readonly string[]) {
    this.#query = query;
    this.#table = table;
    this.#columns = columns;
    const names = columns.map((column) => escapeIdentifier(column)).join(', ');
    const values = columns.map((column, place) => `(v->>${place})::${table.columns.get(column)}`).join(', ');
    this.#insert = `INSERT INTO ${table.sql} (${names}) OVERRIDING SYSTEM VALUE SELECT ${values} FROM jsonb_array_elements($1::text::jsonb) AS rows (v)`;
  }

  /** Empties the table. @throws KernelError BackupUnusable when the rows have columns that the table does not have */
  static async begin(query: Query, table: Table, columns: readonly string[]): Promise<TableLoader> {
    const unknown = columns.filter((column) => !table.columns.has(column));
    if (unknown.length > 0)
      throw new KernelError(
        'BackupUnusable',
        `No migration makes ${unknown.map((column) => `${table.name}.${column}`).join(', ')}, which the backup has. Add it to the database by hand, then restore with --replace.`,
      );
    await query(`ALTER TABLE ${table.sql} DISABLE TRIGGER USER`);
    await query(`TRUNCATE ${table.sql}`);
    return new TableLoader(query, table, columns);
  }

  async add(lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      this.#waiting.push(line);
      this.#length += line.length;
      if (this.#length > batchLength) await this.#send();
    }
  }

  /** All rows were given; so many there must be, with this sum. */
  async end(content: Content): Promise<void> {
    await this.#send();
    this.#content = content;
    await this.#query(`ALTER TABLE ${this.#table.sql} ENABLE TRIGGER USER`);
    // Else the first queries are planned as for an empty table.
    await this.#query(`ANALYZE ${this.#table.sql}`);
  }

  /** Reads back what the table holds now. @throws KernelError BackupUnusable when it is not what was given */
  async check(signal: AbortSignal): Promise<void> {
    const tally = new Tally();
    for await (const lines of rowsOf(this.#query, this.#table, this.#columns)) {
      signal.throwIfAborted();
      tally.add(lines);
    }
    const { rows, sha256 } = tally.content;
    if (rows === this.#content?.rows && sha256 === this.#content.sha256) return;
    throw new KernelError(
      'BackupUnusable',
      `Read back, table ${this.#table.name} is not what was backed up (${rows} rows, there should be ${this.#content?.rows}). Nothing was changed.`,
    );
  }

  async #send(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const rows = `[${this.#waiting.join(',')}]`;
    this.#waiting = [];
    this.#length = 0;
    try {
      await this.#query(this.#insert, [rows]);
    } catch (error) {
      throw refused(error, `a row of table ${this.#table.name}`);
    }
  }
}

/** What it means when the database does not take what is in a backup: bad data is the file's fault. */
export function refused(error: unknown, what: string): unknown {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string' || !/^2[23]/.test(code)) return error;
  const message = `The database refuses ${what} (${code}): the backup does not fit together. Take another one.`;
  return new KernelError('BackupUnusable', message, { cause: error });
}
