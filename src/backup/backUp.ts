import { join } from 'node:path';
import { lockDataDir } from '../core/database/lockDataDir.ts';
import { KernelError } from '../core/errors.ts';
import type { KernelEnvironment } from '../core/kernelEnvironment.ts';
import { BackupWriter } from './BackupWriter.ts';
import type { Summary } from './format.ts';
import { makeBackup, nothingThere } from './makeBackup.ts';
import { hasEmbedded, withDatabase } from './withDatabase.ts';

/**
 * Backs the bot of an environment up to a file, or (path undefined) to standard output; `bytes` is the file's size.
 * @throws KernelError BackupUnusable, DatabaseUnusable, DataDirLocked, JournalUnusable; no file is left then
 */
export async function backUp(
  env: KernelEnvironment,
  { path, version, signal }: { path: string | undefined; version: string; signal: AbortSignal },
): Promise<{ summary: Summary; bytes: number | undefined }> {
  const unlock = takeEmbedded(env);
  try {
    return await withDatabase(env, signal, async (orm) => {
      const writer = await (path === undefined ? BackupWriter.toStream(process.stdout) : BackupWriter.toFile(path));
      try {
        const summary = await makeBackup({ orm, journal: join(env.DATA_DIR, 'journal'), writer, version, signal });
        return { summary, bytes: await writer.end() };
      } catch (error) {
        await writer.abandon();
        throw error;
      }
    });
  } finally {
    unlock();
  }
}

/** Only one process at a time may open the embedded database; PostgreSQL serves the bot meanwhile. */
function takeEmbedded(env: KernelEnvironment): () => void {
  if (env.DB_HOST !== undefined) return () => undefined;
  if (!hasEmbedded(env)) throw nothingThere();
  try {
    return lockDataDir(env.DATA_DIR);
  } catch (error) {
    if (!(error instanceof KernelError) || error.code !== 'DataDirLocked') throw error;
    const message = `Another process uses ${env.DATA_DIR}, and the embedded database is open to one at a time. Stop the bot, make the backup, and start it again.`;
    throw new KernelError('DataDirLocked', message);
  }
}
