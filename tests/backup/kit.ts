import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { backUp } from '../../src/backup/backUp.ts';
import { checkBackup } from '../../src/backup/checkBackup.ts';
import { restoreInto } from '../../src/backup/restoreInto.ts';
import { type Query, queryOf } from '../../src/backup/session.ts';
import { withDatabase } from '../../src/backup/withDatabase.ts';
import type { RawEnvironment } from '../../src/core/config.ts';
import type { Orm } from '../../src/core/database/createOrm.ts';
import { kernelEnvironment } from '../../src/core/kernelEnvironment.ts';
import { createTestDatabase } from '../../src/testing/postgres/testDatabase.ts';

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'steward-backup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The environment of a bot with an empty data folder and an empty embedded database, which go away with the test. */
export const embedded = (): Record<string, string> => ({ DATA_DIR: temporaryFolder() });

/** The same with an empty database on PostgreSQL. */
export async function postgres(): Promise<Record<string, string>> {
  const { environment, drop } = await createTestDatabase();
  onTestFinished(drop);
  return { ...environment, DATA_DIR: temporaryFolder() };
}

const parse = (environment: RawEnvironment) => kernelEnvironment.parse({ DISCORD_TOKEN: 'none', ...environment });
export const patient = new AbortController().signal;

/** Works with the database as the tools do. */
export const onDatabase = <Result>(environment: RawEnvironment, work: (query: Query, orm: Orm) => Promise<Result>) =>
  withDatabase(parse(environment), patient, (orm) => work(queryOf(orm), orm));

export async function backup(environment: RawEnvironment, path = join(temporaryFolder(), 'backup')): Promise<string> {
  await backUp(parse(environment), { path, version: '1.2.3', signal: patient });
  return path;
}

/** As the tool does it: what is damaged is refused before anything is begun. */
export async function restore(environment: RawEnvironment, path: string, { replaces = false } = {}) {
  await checkBackup(path, patient);
  return restoreInto(parse(environment), { path, replaces, signal: patient });
}

/** Every row of every table as text, but for who lives; `now` is what the sums of the statistics say. */
export async function contentOf(query: Query): Promise<Record<string, string[]>> {
  await query("SET timezone = 'UTC'");
  const tables = await query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
       AND relname NOT IN ('schema_migrations', 'instances') ORDER BY 1`,
  );
  const content: Record<string, string[]> = {};
  for (const { name } of tables) {
    const rows = await query<{ row: string }>(`SELECT t::text AS row FROM ${name} t ORDER BY 1`);
    content[name] = rows.map(({ row }) => row);
  }
  const [statistics] = await query<{ row: string }>('SELECT s::text AS row FROM get_global_stats(36500) s');
  return { ...content, statistics: [statistics?.row ?? ''] };
}
