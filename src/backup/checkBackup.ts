import { listMigrations } from '../core/database/migrations.ts';
import { KernelError } from '../core/errors.ts';
import type { Summary } from './format.ts';
import { readBackup } from './readBackup.ts';
import { Tally } from './tables.ts';

/** What a file holds that has been read to its end. */
export interface Checked extends Summary {
  /** ISO 8601. */
  readonly at: string;
  readonly version: string;
}

/**
 * Reads a backup and sees that it is whole and that this version knows its schema.
 * @throws KernelError BackupUnusable, SchemaTooNew
 */
export async function checkBackup(path: string, signal: AbortSignal): Promise<Checked> {
  const damaged = new KernelError('BackupUnusable', `${path} is damaged: its sums are wrong. Take another backup.`);
  const found = { tables: 0, rows: 0, entries: 0, letters: 0, at: '', version: '' };
  let tally: Tally | undefined;
  let migrations: readonly string[] = [];
  for await (const item of readBackup(path, signal)) {
    if ('rows' in item) {
      if (!tally) throw damaged;
      tally.add(item.rows);
    } else if ('steward' in item) Object.assign(found, { at: item.at, version: item.version });
    else if ('entry' in item) found.entries += 1;
    else if ('letter' in item) found.letters += 1;
    else if ('database' in item) migrations = item.database.migrations;
    else if ('table' in item) {
      tally = new Tally();
      found.tables += 1;
    } else if ('content' in item) {
      const { rows, sha256 } = tally?.content ?? {};
      if (rows !== item.content.rows || sha256 !== item.content.sha256) throw damaged;
      found.rows += item.content.rows;
      tally = undefined;
    } else if ('end' in item) {
      const { tables, rows, entries, letters } = item.end;
      const isRight =
        tables === found.tables && rows === found.rows && entries === found.entries && letters === found.letters;
      if (!isRight) throw damaged;
    }
  }
  // Only now is it certain that this is what was written.
  refuseUnknown(migrations);
  return found;
}

/** @throws KernelError SchemaTooNew when the backup's database had migrations that this version does not know */
export function refuseUnknown(migrations: readonly string[]): void {
  const known = listMigrations().map(({ name }) => name);
  const unknown = migrations.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new KernelError(
      'SchemaTooNew',
      `The backup has migrations that this version does not know (${unknown.join(', ')}). Restore it with the version of the bot that made it.`,
    );
}
