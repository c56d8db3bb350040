import { expect } from 'vitest';
import type { Query } from '../../core/database/catalog.ts';
import { plainStats } from './plainStats.ts';

/** The statistics of so many days are what counting every row gives. */
export async function expectPlain(query: Query, days: number): Promise<void> {
  const [row] = await query<{ stats: unknown; plain: unknown }>(
    `SELECT (SELECT to_jsonb(s) FROM get_global_stats(${days}) s) AS stats, (${plainStats.replace('$1', String(days))}) AS plain`,
  );
  expect(row?.stats).toEqual(row?.plain);
}
