import { expect } from 'vitest';
import type { Query } from '../../core/database/catalog.ts';

const sums = ['message_hours', 'message_user_days', 'message_users', 'message_last_hours', 'command_hours'];

/** Fails unless the sums, once everything is folded, are what counting all rows anew makes of them. */
export async function expectSumsOf(query: Query): Promise<void> {
  await foldAll(query);
  const kept = await readSums(query);
  await query('SELECT recount_statistics()');
  expect(kept).toEqual(await readSums(query));
}

async function foldAll(query: Query): Promise<void> {
  for (const table of ['message_changes', 'command_changes'])
    for (;;) {
      const [row] = await query<{ n: string | number }>(`SELECT fold_${table}() AS n`);
      if (Number(row?.n) === 0) break;
    }
}

async function readSums(query: Query): Promise<Record<string, object[]>> {
  const read = async (table: string) =>
    [table, await query(`SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY to_jsonb(t)::text`)] as const;
  const entries: (readonly [string, object[]])[] = [];
  for (const table of sums) entries.push(await read(table));
  return Object.fromEntries(entries);
}
