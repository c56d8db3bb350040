import type { Query } from './session.ts';
import { refused } from './TableLoader.ts';

const keys = `
  SELECT conrelid::regclass::text AS "table", quote_ident(conname) AS name, pg_get_constraintdef(k.oid) AS definition
  FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
  WHERE contype = 'f' AND conparentid = 0 AND conrelid::regclass::text = ANY ($1::text[]) AND pg_has_role(relowner, 'USAGE')
  ORDER BY 1, 2`;

/**
 * Takes the foreign keys off tables, so that they can be filled in any order; returns the function that puts them on
 * again, which looks whether all rows keep them.
 */
export async function liftForeignKeys(query: Query, tables: readonly string[]): Promise<() => Promise<void>> {
  const lifted = await query<{ table: string; name: string; definition: string }>(keys, [tables]);
  for (const { table, name } of lifted) await query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  return async () => {
    for (const { table, name, definition } of lifted)
      try {
        await query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
      } catch (error) {
        throw refused(error, `the rows of table ${table} without those that they point to`);
      }
  };
}
