import { createHash } from 'node:crypto';
import { escapeIdentifier } from 'pg';
import type { Query } from './session.ts';

/** A table that holds what the bot knows. */
export interface Table {
  readonly name: string;
  /** The name as SQL wants it. */
  readonly sql: string;
  /** The types of its columns by their names, as SQL writes them. */
  readonly columns: ReadonlyMap<string, string>;
  /** What its rows are sorted by, as SQL: its primary key; undefined where it has none. */
  readonly order: string | undefined;
}

/** What a table holds, so that two can be compared. */
export interface Content {
  readonly rows: number;
  /** SHA-256 of the rows' lines, each with its line end. */
  readonly sha256: string;
}

/** The migrator's own; and what belongs to n8n, which may have made it here. */
const others = ['schema_migrations', 'n8n_chat_histories'];
/** Characters that are asked for at once, about. */
const batchLength = 2 * 1024 * 1024;
const mostRows = 5_000;

const schema = "(SELECT relnamespace FROM pg_class WHERE oid = to_regclass('schema_migrations'))";

const tables = `
  SELECT c.relname AS name, c.oid::regclass::text AS sql,
    (SELECT json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
     FROM pg_attribute a
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')::text AS columns,
    (SELECT string_agg(format('%I', a.attname) || CASE WHEN a.attcollation <> 0 THEN ' COLLATE "C"' ELSE '' END, ', ' ORDER BY k.place)
     FROM pg_index i
     CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
     WHERE i.indrelid = c.oid AND i.indisprimary) AS "order"
  FROM pg_class c
  WHERE c.relnamespace = ${schema} AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ALL ($1::text[])
  ORDER BY c.relname COLLATE "C"`;

/** Which migrations a database has, in the order in which they ran; undefined where the bot has never been in it. */
export async function migrationsIn(query: Query): Promise<string[] | undefined> {
  const [table] = await query<{ name: string | null }>("SELECT to_regclass('schema_migrations')::text AS name");
  if (!table?.name) return undefined;
  return (await query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY id')).map(({ name }) => name);
}

/** The bot's tables by their names: those beside `schema_migrations`. */
export async function tablesIn(query: Query): Promise<Map<string, Table>> {
  const rows = await query<{ name: string; sql: string; columns: string; order: string | null }>(tables, [others]);
  return new Map(
    rows.map(({ name, sql, columns, order }) => [
      name,
      { name, sql, columns: new Map(JSON.parse(columns) as [string, string][]), order: order ?? undefined },
    ]),
  );
}

/** The next number of each sequence in the bot's schema. Read after the rows: numbers are given out meanwhile. */
export async function sequencesIn(query: Query): Promise<Map<string, string>> {
  const sequences = await query<{ name: string; sql: string; step: string }>(
    `SELECT relname AS name, seqrelid::regclass::text AS sql, seqincrement::text AS step
     FROM pg_sequence JOIN pg_class ON pg_class.oid = seqrelid
     WHERE relnamespace = ${schema} AND relname NOT LIKE 'schema\\_migrations\\_%' AND relname NOT LIKE 'n8n\\_chat\\_histories\\_%'
     ORDER BY relname COLLATE "C"`,
  );
  const next = new Map<string, string>();
  for (const { name, sql, step } of sequences) {
    const [row] = await query<{ next: string }>(
      `SELECT (last_value + CASE WHEN is_called THEN ${step} ELSE 0 END)::text AS next FROM ${sql}`,
    );
    if (row) next.set(name, row.next);
  }
  return next;
}

/**
 * Reads the rows of a table in their order, in batches of lines. A line is a JSON array with each column as PostgreSQL
 * writes it, which it reads again without loss, whatever the type is; null stays null. Needs a transaction.
 */
export async function* rowsOf(query: Query, table: Table, columns: Iterable<string>): AsyncGenerator<string[]> {
  const texts = [...columns].map((column) => `${escapeIdentifier(column)}::text`);
  const line = `json_build_array(${texts.join(', ')})::text`;
  const order = table.order ?? `${line} COLLATE "C"`;
  await query(`DECLARE backup NO SCROLL CURSOR FOR SELECT ${line} AS line FROM ${table.sql} ORDER BY ${order}`);
  // Answers may be very long: how many are asked for goes by how long the last ones were.
  for (let count = 100; ; ) {
    const rows = await query<{ line: string }>(`FETCH ${count} FROM backup`);
    const lines = rows.map((row) => row.line);
    if (lines.length > 0) yield lines;
    if (lines.length < count) break;
    const average = lines.reduce((sum, { length }) => sum + length, 0) / lines.length;
    count = Math.min(mostRows, Math.max(1, Math.floor(batchLength / average)));
  }
  await query('CLOSE backup');
}

/** Counts rows and sums them up, as they come. */
export class Tally {
  readonly #hash = createHash('sha256');
  #rows = 0;

  add(lines: readonly string[]): void {
    this.#rows += lines.length;
    this.#hash.update(asText(lines));
  }

  get content(): Content {
    return { rows: this.#rows, sha256: this.#hash.copy().digest('hex') };
  }
}

/** Lines as a file has them. */
export const asText = (lines: readonly string[]): string => (lines.length === 0 ? '' : `${lines.join('\n')}\n`);
