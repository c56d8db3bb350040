import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDataDir } from '../core/database/lockDataDir.ts';
import { type KernelEnvironment, kernelEnvironment } from '../core/kernelEnvironment.ts';
import { readBackup } from './readBackup.ts';
import { type Restored, restoreBackup } from './restoreBackup.ts';
import { StagedJournal } from './StagedJournal.ts';
import { unusableFile } from './unusableFile.ts';
import { withDatabase } from './withDatabase.ts';

/** Restores a backup for the bot of an environment, which must not run. @throws KernelError; nothing is changed then */
export async function restoreInto(
  env: KernelEnvironment,
  { path, replaces, signal }: { path: string; replaces: boolean; signal: AbortSignal },
): Promise<Restored & { entries: number }> {
  const unlock = lockDataDir(env.DATA_DIR);
  try {
    return await withDatabase(env, signal, async (orm) => {
      const journal = await StagedJournal.begin(join(env.DATA_DIR, 'journal'));
      const restored = await restoreBackup({ orm, items: readBackup(path, signal), journal, replaces, signal });
      return { ...restored, entries: journal.entries };
    });
  } finally {
    unlock();
  }
}

/** Restores a backup into an embedded database that is thrown away. @throws KernelError as the restore would */
export async function tryRestore(path: string, signal: AbortSignal): Promise<Restored> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-verify-')).catch((error: unknown) => {
    throw unusableFile(tmpdir(), 'written', error);
  });
  try {
    const env = kernelEnvironment.parse({ DISCORD_TOKEN: 'not needed here', DATA_DIR: folder });
    return await restoreInto(env, { path, replaces: false, signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
