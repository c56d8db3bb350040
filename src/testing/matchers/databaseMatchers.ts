import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { TestBotDatabase } from '../TestBotDatabase.ts';

type Row = Readonly<Record<string, unknown>>;

interface Result {
  pass: boolean;
  message: () => string;
  actual: unknown;
  expected: unknown;
}

/** Rows that a failure shows. */
const mostShown = 10;

/** What can be expected of a test bot's database. */
export const databaseMatchers = {
  async toHaveRows(received: unknown, table: string, expected: number, columns: Row = {}): Promise<Result> {
    if (!(received instanceof TestBotDatabase))
      throw new TypeError('toHaveRows is about a database: give it `bot.database`.');
    const name = table
      .split('.')
      .map((part) => pg.escapeIdentifier(part))
      .join('.');
    const rows = await received.query<Row>(`SELECT * FROM ${name}`);
    const fitting = rows.filter((row) =>
      Object.entries(columns).every(([column, value]) => isSame(row, column, value)),
    );
    const pass = fitting.length === expected;
    const where = Object.keys(columns).length === 0 ? '' : ` with ${show(columns)}`;
    return {
      pass,
      actual: fitting.length,
      expected,
      message: () => {
        const there = rows.slice(0, mostShown).map((row) => `  ${show(row)}`);
        const more = rows.length > mostShown ? [`  and ${rows.length - mostShown} more`] : [];
        const has = rows.length === 0 ? `The table ${table} is empty.` : `The table ${table} has:`;
        const wish = `Expected ${pass ? 'any number but' : ''} ${rowsOf(expected)}${where}, and there are ${fitting.length}.`;
        return [has, ...there, ...more, wish.replace('  ', ' ')].join('\n');
      },
    };
  },
};

function isSame(row: Row, column: string, value: unknown): boolean {
  if (!(column in row)) throw new Error(`There is no column "${column}": ${Object.keys(row).join(', ')}.`);
  const plain = (thing: unknown): unknown =>
    typeof thing === 'bigint' || typeof thing === 'number' ? String(thing) : thing;
  // The driver gives a bigint as a string.
  return isDeepStrictEqual(plain(row[column]), plain(value));
}

const rowsOf = (count: number): string => (count === 1 ? '1 row' : `${count} rows`);

const show = (row: Row): string =>
  JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
