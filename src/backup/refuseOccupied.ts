import { KernelError } from '../core/errors.ts';
import type { Query } from './session.ts';
import { tablesIn } from './tables.ts';

/** What a database has before anybody has written to the bot. */
const fromTheBeginning = ['settings', 'instances', 'task_runs', 'erased_with_user'];

/** @throws KernelError DatabaseUnusable when a bot works in the database, or it holds something that must not go */
export async function refuseOccupied(query: Query, replaces: boolean): Promise<void> {
  const tables = await tablesIn(query);
  const instances = tables.get('instances');
  if (instances && (await hasRows(query, `${instances.sql} WHERE expires_at > clock_timestamp()`)))
    throw new KernelError(
      'DatabaseUnusable',
      'A bot works in this database. Stop it first; after a crash of it, wait 15 seconds.',
    );
  if (replaces) return;
  const occupied: string[] = [];
  for (const { name, sql } of tables.values())
    if (!fromTheBeginning.includes(name) && (await hasRows(query, sql))) occupied.push(name);
  if (occupied.length > 0)
    throw new KernelError(
      'DatabaseUnusable',
      `The database is not empty (${occupied.join(', ')}). Restore into an empty one, or give this one up with --replace.`,
    );
}

async function hasRows(query: Query, source: string): Promise<boolean> {
  const [{ exists } = { exists: false }] = await query<{ exists: boolean }>(
    `SELECT EXISTS (SELECT FROM ${source}) AS exists`,
  );
  return exists;
}
