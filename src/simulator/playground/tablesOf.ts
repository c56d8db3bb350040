import type { Holdings } from './Insight.ts';

/** One thing that is kept of a person: how many there are, and the last of them. */
export type Table = { name: string; owner: string; count: number; rows: readonly unknown[] };

const ROWS_SHOWN = 100;

/** Sorts what is kept of a person into tables: a list is rows, a group of lists several tables, anything else one row. */
export function tablesOf({ results }: Holdings): Table[] {
  return Object.entries(results).flatMap(([owner, parts]) =>
    listsOf(parts).map(([name, rows]) => ({ name, owner, count: rows.length, rows: rows.slice(-ROWS_SHOWN) })),
  );
}

function listsOf(parts: object): [name: string, rows: readonly unknown[]][] {
  return Object.entries(parts).flatMap(([name, value]): [string, readonly unknown[]][] => {
    if (Array.isArray(value)) return [[name, value]];
    if (isGroup(value)) return listsOf(value).map(([part, rows]) => [`${name}: ${part}`, rows]);
    return [[name, value === null || value === undefined ? [] : [value]]];
  });
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.values(value).some(Array.isArray);
}
